"""Window messages by Polars: the content of a bounded run without segments, from rows in CSV.

python polars_windows.py ROWS.csv FOLDER writes channels.json, orbits.json, drift.json and windows.json (JSON Lines).
The answer is compared with that of Muonitor before a time counts.
"""

import sys

import polars as pl

rows, folder = sys.argv[1], sys.argv[2]
columns = {"head": pl.UInt8, "fpga": pl.UInt8, "channel": pl.Int32, "o": pl.UInt32, "bx": pl.Int32, "tdc": pl.Float64}

# Channels 0-63 and 64-127 of each FPGA are its two chambers; channel 128 of FPGA 1 is the scintillator. The time of an
# orbit is 89 100 ns times its number, a window is 5 s long; a tick is 25/30 ns.
channel, fpga = pl.col("channel"), pl.col("fpga")
signals = (
    pl.scan_csv(rows, has_header=False, schema=columns)
    .filter(
        (pl.col("head") == 2) & (fpga < 2) & ((channel < 128) | ((fpga == 1) & (channel == 128)))
    )
    .select(
        (pl.col("o").cast(pl.Int64) * 891 // 50_000_000).cast(pl.Int32).alias("w"),
        "o",
        pl.when(channel < 128).then(2 * fpga.cast(pl.Int32) + channel // 64).otherwise(4).cast(pl.Int8).alias("chamber"),
        (channel % 64).cast(pl.Int8).alias("k"),
        "bx",
        "tdc",
    )
    .collect(engine="streaming")
)
starts = (
    signals.lazy()
    .filter(pl.col("chamber") == 4)
    .group_by("o")
    .agg(pl.struct("bx", "tdc").sort_by(pl.col("bx") + pl.col("tdc") / 30, "bx").first().alias("first"))
    .select("o", pl.col("first").struct.field("bx").alias("bx0"), pl.col("first").struct.field("tdc").alias("tdc0"))
)
offsets = pl.DataFrame(
    {"chamber": [0, 1, 2, 3], "offset": [93.9, 101.4, 95.5, 92.4]}, schema={"chamber": pl.Int8, "offset": pl.Float64}
)
drift = 25 * ((pl.col("bx") - pl.col("bx0")) + (pl.col("tdc") - pl.col("tdc0")) / 30.0) + pl.col("offset")
hits = (
    signals.lazy()
    .filter(pl.col("chamber") < 4)
    .join(starts, on="o", how="left")
    .join(offsets.lazy(), on="chamber", how="left")
    .select("w", "o", "chamber", "k", drift.alias("drift"))
    .collect(engine="streaming")
    .lazy()
)
bins = pl.when(pl.col("drift") < 0).then(-1).when(pl.col("drift") >= 1000).then(100).otherwise((pl.col("drift") / 10).floor())
active = hits.group_by("w", "chamber", "o").agg(pl.col("k").n_unique().alias("active"))
parts = {
    "channels": hits.group_by("w", "chamber", "k").agg(
        pl.len().alias("hits"), pl.col("drift").count().alias("with_signal")
    ),
    "drift": hits.filter(pl.col("drift").is_not_null())
    .group_by("w", "chamber", bins.cast(pl.Int32).alias("bin"))
    .agg(pl.len().alias("hits")),
    "orbits": active.sort("o").group_by("w", "chamber", maintain_order=True).agg(
        pl.col("o").alias("orbits"), pl.col("active")
    ),
    "windows": hits.group_by("w", "o")
    .agg(pl.col("drift").is_not_null().any().alias("signal"))
    .group_by("w")
    .agg(pl.len().alias("orbits"), pl.col("signal").sum().alias("with_signal")),
}
for (name, _), frame in zip(parts.items(), pl.collect_all(parts.values(), engine="streaming")):
    frame.write_ndjson(f"{folder}/{name}.json")
