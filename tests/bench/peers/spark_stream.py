"""Rows of a topic, one per message, by PySpark Structured Streaming in batches of a million.

python spark_stream.py SERVERS TOPIC ROWS JARS FOLDER prints one line of JSON: the counts, which are compared with the known
answer, and rows and duration of each batch. It counts hits per window, chamber and channel, and active channels per orbit.
"""

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

servers, topic, rows, jars, folder = sys.argv[1:]
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.jars", ",".join(str(jar) for jar in sorted(Path(jars).glob("*.jar"))))
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")

records = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", servers)
    .option("subscribe", topic)
    .option("startingOffsets", "earliest")
    .option("maxOffsetsPerTrigger", 1_000_000)
    .load()
)
line = F.trim(F.col("value").cast("string"))
columns = F.split(line, ",")
head, fpga, channel, orbit, bx, tdc = (columns[i].cast("bigint") for i in range(6))
# The last record of each partition is empty.
parsed = records.where("length(value) > 0").select(
    F.floor(F.unix_millis("timestamp") / 2000).alias("w"),
    head.alias("head"),
    fpga.alias("fpga"),
    channel.alias("channel"),
    orbit.alias("orbit"),
    bx.alias("bx"),
    tdc.alias("tdc"),
)

counts = {"rows": 0, "hits": 0}


def count(batch, _) -> None:
    batch.persist()
    counts["rows"] += batch.count()
    hits = batch.where(
        "head = 2 AND fpga < 2 AND channel < 128 AND orbit IS NOT NULL AND bx IS NOT NULL AND tdc IS NOT NULL"
    ).withColumn(
        "chamber", 2 * F.col("fpga") + F.floor(F.col("channel") / 64)
    )
    channels = hits.groupBy("w", "chamber", "channel").count().collect()
    counts["hits"] += sum(row["count"] for row in channels)
    hits.groupBy("w", "chamber", "orbit").agg(F.countDistinct("channel").alias("active")).groupBy(
        "w", "chamber", "active"
    ).count().collect()
    batch.unpersist()


query = (
    parsed.writeStream.foreachBatch(count)
    .option("checkpointLocation", f"{folder}/checkpoint")
    .start()
)
while counts["rows"] < int(rows) and query.isActive:
    query.awaitTermination(1)
query.processAllAvailable()
batches = [
    {"rows": progress["numInputRows"], "ms": progress["durationMs"]["triggerExecution"]}
    for progress in query.recentProgress
    if progress["numInputRows"] > 0
]
query.stop()
print(json.dumps({**counts, "batches": batches}))
spark.stop()
