#!/usr/bin/env bash
# For CI, as root on Debian: installs a Docker engine from Debian's packages and starts it if none is running. If images cannot
# be pulled, it builds a base image with the name of the official one: Debian by mmdebstrap, with the Node and npm of this
# machine. Steps that are already done are skipped.
#
#   engine.sh start     installs and starts the engine; writes the process id of an engine that it started to engine.pid, next to the log
#   engine.sh stop      stops what `start` started
set -euo pipefail
base=node:20.19.5-bookworm-slim
folder=${MUONITOR_ENGINE_DIR:-/tmp/muonitor-engine}
export DOCKER_BUILDKIT=0

runs() { docker info > /dev/null 2>&1; }

install_packages() {
  local missing=()
  command -v dockerd > /dev/null || missing+=(docker.io)
  command -v iptables > /dev/null || missing+=(iptables)
  command -v docker-compose > /dev/null || missing+=(docker-compose)
  command -v mmdebstrap > /dev/null || missing+=(mmdebstrap)
  [[ ${#missing[@]} -eq 0 ]] && return
  for attempt in 1 2 3; do
    if apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; then
      return
    fi
    sleep $((attempt * 5))
  done
  return 1
}

start_engine() {
  runs && return
  mkdir -p "$folder"
  setsid dockerd > "$folder/dockerd.log" 2>&1 < /dev/null &
  echo $! > "$folder/engine.pid"
  for _ in $(seq 60); do
    runs && return
    sleep 1
  done
  tail -n 20 "$folder/dockerd.log"
  echo "the Docker engine does not answer after 60 s"
  return 1
}

# By default, all containers together have the CPU weight of one process, and the tests keep both cores busy.
give_weight() {
  local shares=/sys/fs/cgroup/cpu/docker/cpu.shares weight=/sys/fs/cgroup/docker/cpu.weight
  # The engine itself creates this folder only with the first container.
  [[ -w /sys/fs/cgroup/cpu/cpu.shares ]] && mkdir -p "$(dirname "$shares")"
  [[ -w $shares ]] && echo 8192 > "$shares"
  [[ -w $weight ]] && echo 800 > "$weight"
  return 0
}

make_base() {
  docker image inspect "$base" > /dev/null 2>&1 && return
  local work
  work=$(mktemp -d)
  # Without documents and package lists, like the official slim image.
  mmdebstrap --quiet --variant=minbase --include=ca-certificates \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --customize-hook='rm -rf "$1"/var/lib/apt/lists/*' \
    bookworm "$work/rootfs.tar"
  docker import "$work/rootfs.tar" debian:bookworm-slim > /dev/null
  rm "$work/rootfs.tar"
  cp "$(node -p process.execPath)" "$work/node"
  cat > "$work/Dockerfile" << 'EOF'
FROM debian:bookworm-slim
COPY node /usr/local/bin/node
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node
EOF
  docker build -q -t "$base" "$work" > /dev/null
  rm -r "$work"
}

case ${1:-} in
  start)
    install_packages
    start_engine
    make_base
    give_weight
    ;;
  stop)
    [[ -f $folder/engine.pid ]] || exit 0
    pid=$(cat "$folder/engine.pid")
    kill "$pid" 2> /dev/null || true
    for _ in $(seq 30); do
      kill -0 "$pid" 2> /dev/null || break
      sleep 1
    done
    rm -f "$folder/engine.pid"
    ;;
  *)
    echo "usage: engine.sh start|stop"
    exit 2
    ;;
esac
