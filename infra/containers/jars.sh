#!/bin/sh
# jars.sh SET...: fetches missing jars of these sets into the bundle with Maven. Runs while the image is built.
set -eu
cd "$(dirname "$0")/../.."
missing=""
for set in "$@"; do
  name="$set-$(sha256sum "infra/jvm/$set/pom.xml" | cut -c 1-12)"
  [ -d ".muonitor/jars/$name" ] || missing="$missing $set:$name"
done
if [ -n "$missing" ]; then
  apt-get update -q
  apt-get install -q -y --no-install-recommends maven
  for one in $missing; do
    folder=".muonitor/jars/${one#*:}/gradle/wrapper"
    mvn -q -B -ntp -f "infra/jvm/${one%%:*}/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$PWD/$folder"
  done
fi
# A jar that belongs to several sets is stored once.
cd .muonitor/jars
for jar in */gradle/wrapper/*.jar; do
  [ -h "$jar" ] && continue
  for other in */gradle/wrapper/"${jar##*/}"; do
    if [ "$other" != "$jar" ] && [ ! -h "$other" ] && cmp -s "$jar" "$other"; then
      ln -sf "../../../$jar" "$other"
    fi
  done
done
cd ../..
# The next stage copies only this folder.
chmod -R a+rX .muonitor
