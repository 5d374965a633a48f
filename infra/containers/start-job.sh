#!/bin/sh
# The container `job` runs this script once. It creates the topics and submits the streaming job, unless they exist. It retries by
# itself, because compose treats a container that ends with an error as a failure of the whole system.
set -eu
brokers=$1 flink=$2 parallelism=$3
muonitor topics create data_raw --partitions "$parallelism" --if-missing --bootstrap-servers "$brokers"
muonitor topics create data_clean --if-missing --bootstrap-servers "$brokers"
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  muonitor submit --if-missing --bootstrap-servers "$brokers" --flink-master "$flink" \
    --worker-pool 127.0.0.1:50000 --parallelism "$parallelism" --checkpoint-interval 5000 && exit 0
  echo "attempt $attempt to submit the job failed"
  sleep 3
done
exit 1
