#!/bin/sh
# Topics and the streaming job, unless they are there: the container `job` runs this once.
set -eu
brokers=$1 flink=$2 parallelism=$3
muonitor topics create data_raw --partitions "$parallelism" --if-missing --bootstrap-servers "$brokers"
muonitor topics create data_clean --if-missing --bootstrap-servers "$brokers"
if muonitor jobs --flink-master "$flink" | grep -q "muonitor.*RUNNING"; then
  echo "the job runs already"
  exit 0
fi
exec muonitor submit --bootstrap-servers "$brokers" --flink-master "$flink" --worker-pool 127.0.0.1:50000 \
  --parallelism "$parallelism" --checkpoint-interval 5000
