# Node, Java and Maven, for the commands of Muonitor. Not built so far: no Docker engine was at hand.
FROM node:20.19.5-bookworm-slim AS node

FROM maven:3.9.9-eclipse-temurin-17
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
