"""Window messages by DuckDB: the content of a bounded run without segments, from rows in CSV.

python duckdb_windows.py ROWS.csv FOLDER writes channels.json, orbits.json, drift.json and windows.json (JSON Lines).
The answer is compared with that of Muonitor before a time counts.
"""

import sys

import duckdb

rows, folder = sys.argv[1], sys.argv[2]
db = duckdb.connect()
db.execute("SET preserve_insertion_order = false")

# Channels 0-63 and 64-127 of each FPGA are its two chambers; channel 128 of FPGA 1 is the scintillator. The time of an
# orbit is 89 100 ns times its number, a window is 5 s long; a tick is 25/30 ns.
db.execute(
    """
    CREATE TEMP TABLE signals AS
    SELECT CAST(CAST(o AS BIGINT) * 891 // 50000000 AS INTEGER) AS w, o,
           CASE WHEN channel < 128 THEN 2 * fpga + channel // 64 ELSE 4 END AS chamber,
           channel % 64 AS k, bx, tdc
    FROM read_csv(?, header = false, columns = {
        'head': 'UTINYINT', 'fpga': 'UTINYINT', 'channel': 'INTEGER', 'o': 'UINTEGER', 'bx': 'INTEGER', 'tdc': 'DOUBLE'})
    WHERE head = 2 AND fpga < 2 AND (channel < 128 OR (fpga = 1 AND channel = 128))
    """,
    [rows],
)
db.execute(
    """
    CREATE TEMP TABLE starts AS
    SELECT o, first.bx AS bx0, first.tdc AS tdc0
    FROM (SELECT o, arg_min({'bx': bx, 'tdc': tdc}, {'time': bx + tdc / 30, 'bx': bx}) AS first
          FROM signals WHERE chamber = 4 GROUP BY o)
    """
)
db.execute(
    """
    CREATE TEMP TABLE hits AS
    SELECT w, h.o, chamber, k,
           CASE WHEN bx0 IS NULL THEN NULL
                ELSE 25 * ((bx - bx0) + (tdc - tdc0) / 30) + ([93.9, 101.4, 95.5, 92.4]::DOUBLE[])[chamber + 1] END AS drift
    FROM signals h LEFT JOIN starts ON h.o = starts.o WHERE chamber < 4
    """
)


def write(name: str, query: str) -> None:
    db.execute(f"COPY ({query}) TO '{folder}/{name}.json' (FORMAT json)")


write("channels", "SELECT w, chamber, k, count(*) AS hits, count(drift) AS with_signal FROM hits GROUP BY ALL")
write(
    "drift",
    """SELECT w, chamber, CASE WHEN drift < 0 THEN -1 WHEN drift >= 1000 THEN 100 ELSE CAST(floor(drift / 10) AS INTEGER) END AS bin,
              count(*) AS hits
       FROM hits WHERE drift IS NOT NULL GROUP BY ALL""",
)
write(
    "orbits",
    """SELECT w, chamber, list(o ORDER BY o) AS orbits, list(active ORDER BY o) AS active
       FROM (SELECT w, chamber, o, bit_count(bit_or(1::UBIGINT << k)) AS active FROM hits GROUP BY ALL)
       GROUP BY ALL""",
)
write(
    "windows",
    """SELECT w, count(*) AS orbits, count_if(signal) AS with_signal
       FROM (SELECT w, o, bool_or(drift IS NOT NULL) AS signal FROM hits GROUP BY ALL) GROUP BY w""",
)
