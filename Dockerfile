# `pyfa` and its three older names in an image of their own:
#
#     docker build -t pyfa .
#     docker run --init -v pyfa:/data -p 127.0.0.1:8108:8108 pyfa
#
# The second line serves the embedded engine. Any other verb takes the place of `serve`:
#
#     docker run --init --rm -v pyfa:/data pyfa pypi -i -p plone
#     docker run --init --rm -v pyfa:/data --entrypoint pyfupdater pyfa -ls
#
# Settings come from the environment (`-e`, `--env-file .env`) or from `.env` and `pyfa.toml` in /data.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --profile dist --locked --bins \
    && install -D --target-directory=/programs \
        target/dist/pyfa target/dist/pyfaggregator target/dist/pyfgithub target/dist/pyfupdater

FROM debian:bookworm-slim
# Certificates, which the program takes from the system. Their version is that of the day.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --create-home pyfa
COPY --from=build /programs/ /usr/local/bin/
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8108
ENTRYPOINT ["pyfa"]
CMD ["serve", "--listen", "0.0.0.0:8108"]
# Of `serve`; the image has no curl, so bash asks.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8108 && printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q '\"ok\":true' <&3"]
