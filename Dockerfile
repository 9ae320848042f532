# The image: docker build -t certbound .
# A try:     docker run -p 127.0.0.1:9443:9443 certbound demo
# In use:    docs/deploying.md, deploy/docker/config.yaml

# Builds with this one, which has npm ...
ARG NODE_IMAGE=node:26-bookworm-slim
# ... and runs on this one, which has neither npm nor any Node: a glibc and libstdc++ are all it takes.
# gcr.io/distroless/cc-debian12 has no shell either. To build on exactly the bases that you tested,
# name both by their digests, as `docker buildx imagetools inspect NAME` prints them:
#
#   docker build --build-arg NODE_IMAGE=node:26-bookworm-slim@sha256:... \
#     --build-arg BASE_IMAGE=debian:bookworm-slim@sha256:... -t certbound .
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# With the optional packages: one of them is the Node of the lock file, for this very processor.
RUN npm ci --omit=dev --include=optional --ignore-scripts --no-audit --no-fund \
 && mkdir -p /runtime/bin /runtime/lib \
 && mv "$(readlink -f node_modules/.bin/node)" /runtime/bin/node \
 && cp -L /usr/lib/*-linux-gnu/libatomic.so.1 /runtime/lib/ \
 && mv node_modules/node-linux-*/LICENSE LICENSE.node \
 && rm -rf node_modules/node-linux-* node_modules/.bin
COPY LICENSE ./
COPY bin bin
COPY src src
# Modes are set here because those of a clone depend on its umask. The launcher finds Node without
# /usr/bin/env, which not every base has. It runs once: it refuses too old a Node, and without a lock
# file it can't install another one.
RUN rm package-lock.json \
 && ln -s certbound.mjs bin/certbound \
 && sed -i '1s|.*|#!/usr/local/bin/node|' bin/certbound.mjs \
 && chmod -R a+rX,go-w . /runtime \
 && chmod a+x bin/certbound.mjs \
 && /runtime/bin/node bin/certbound.mjs --version
# A relative store path, the default one above all, starts beside the configuration: the link leads
# it to the volume.
RUN mkdir -m 0700 /data && mkdir /etc/certbound && ln -s /data /etc/certbound/data

# Nothing is run from here on, so a base without a shell does as well.
FROM ${BASE_IMAGE}
# Owned by root: the program can't change itself.
COPY --from=build /runtime/bin/node /usr/local/bin/node
# Where every loader looks, for each processor.
COPY --from=build /runtime/lib/ /usr/lib/
COPY --from=build /app /app
COPY --from=build /etc/certbound /etc/certbound
# A fresh volume takes over owner and mode of the folder that it hides.
COPY --from=build --chown=10001:10001 /data /data

ENV NODE_ENV=production \
    CERTBOUND_IMAGE=1 \
    CERTBOUND_CONFIG=/etc/certbound/config.yaml
# For `docker exec CONTAINER certbound ...`.
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/app/bin
# The embedded token service has a socket in the folder for temporary files. Container engines
# mount /dev/shm writable and in memory, under a read-only root, too. The volume would do worse:
# some kinds (network file systems, shared folders of a desktop machine) take no sockets, and what a
# killed process leaves behind would stay there. With --ipc=none there is no /dev/shm: name another
# folder.
ENV TMPDIR=/dev/shm

# Numeric, so that Kubernetes can see that it isn't root.
USER 10001:10001
VOLUME /data
# Relative paths on the command line start beside the configuration.
WORKDIR /etc/certbound
EXPOSE 9443 9464
STOPSIGNAL SIGTERM

# The command gives up by itself after 5 s.
HEALTHCHECK --interval=30s --timeout=10s --start-period=15s --retries=3 \
  CMD ["node", "/app/src/main.ts", "health"]
# Node is process 1 and gets the signals: no shell and no launcher in between.
ENTRYPOINT ["node", "/app/src/main.ts"]
CMD ["start"]

ARG BASE_IMAGE
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="certbound" \
      org.opencontainers.image.description="OAuth mutual-TLS gateway (RFC 8705)" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE_IMAGE}"
