# airpass as one static binary in an empty image: no shell, no package manager, nobody is root.
#
#   docker build -t airpass --build-arg VERSION=$(git describe --tags --always) .
#   docker run -v /etc/airpass:/etc/airpass:ro -v airpass-data:/data -p 127.0.0.1:8080:8080 airpass
#
# The configuration is /etc/airpass/airpass.yaml. In it, http.listen must be 0.0.0.0:8080,
# or the port is not reached from outside the container; store.url sqlite:/data/airpass.db
# keeps the state in the volume. Secrets come from the environment or from files: none is
# built in, and .dockerignore keeps them out of the build.
#
# docs/operations.md says how each step was run by hand.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/airpass ./cmd/airpass
# What the binary needs from a file system: the certificate authorities that vouch for the
# vendors, the time zones of schedules (Go's own copy), and a place to write to.
RUN mkdir -p /out/etc/ssl/certs /writable/data /writable/tmp && \
    cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ && \
    cp "$(go env GOROOT)/lib/time/zoneinfo.zip" /out/zoneinfo.zip

FROM scratch
COPY --from=build /out/ /
COPY --from=build --chown=65532:65532 /writable/ /
ENV ZONEINFO=/zoneinfo.zip
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --retries=4 CMD ["/airpass", "probe", "--config", "/etc/airpass/airpass.yaml"]
ENTRYPOINT ["/airpass"]
CMD ["serve", "--config", "/etc/airpass/airpass.yaml"]
