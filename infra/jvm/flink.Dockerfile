# Flink with the jars of Beam. Not built so far: no Docker engine was at hand.
FROM maven:3.9.9-eclipse-temurin-17 AS jars
COPY beam-flink/pom.xml /beam/pom.xml
# The folder's name keeps the job server from uploading its class path with every job, see runners/parts/maven.ts.
RUN mvn -q -B -ntp -f /beam/pom.xml dependency:copy-dependencies -DoutputDirectory=/opt/beam/gradle/wrapper
# An archive without entries: the record of its end alone.
RUN printf 'PK\005\006\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' > /opt/beam/empty.jar

FROM flink:1.19.0-java17
COPY --from=jars /opt/beam /opt/beam
# What Flink's image has already, and the log backend that would be a second one, stay out of its class path.
RUN mkdir /opt/flink/lib/beam /state \
  && cp /opt/beam/gradle/wrapper/*.jar /opt/flink/lib/beam/ \
  && rm /opt/flink/lib/beam/flink-*.jar /opt/flink/lib/beam/slf4j-*.jar \
  && chown -R flink:flink /state
