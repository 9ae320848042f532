# The image: docker build -t certbound .
# A try:     docker run -p 127.0.0.1:9443:9443 certbound demo
# In use:    deploy/docker/config.yaml

# To build on exactly the base that you tested, name it by its digest:
#
#   docker build --build-arg NODE_IMAGE=node:26-bookworm-slim@sha256:... -t certbound .
#
# `docker buildx imagetools inspect node:26-bookworm-slim` prints the digest.
ARG NODE_IMAGE=node:26-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without the optional packages: they bring a Node, which the base has already.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
COPY LICENSE ./
COPY bin bin
COPY src src
# Modes are set here because those of a clone depend on its umask. The launcher runs once: it
# refuses a base with too old a Node, and without a lock file it can't install another one.
RUN rm package-lock.json \
 && ln -s certbound.mjs bin/certbound \
 && chmod -R a+rX,go-w . \
 && chmod a+x bin/certbound.mjs \
 && bin/certbound --version
# A relative store path, the default one above all, starts beside the configuration: the link leads
# it to the volume.
RUN mkdir -m 0700 /data && mkdir /etc/certbound && ln -s /data /etc/certbound/data

# Nothing is run from here on, so a base without a shell does as well.
FROM ${NODE_IMAGE}
# Owned by root: the program can't change itself.
COPY --from=build /app /app
COPY --from=build /etc/certbound /etc/certbound
# A fresh volume takes over owner and mode of the folder that it hides.
COPY --from=build --chown=10001:10001 /data /data

ENV NODE_ENV=production \
    CERTBOUND_IMAGE=1 \
    CERTBOUND_CONFIG=/etc/certbound/config.yaml
# For `docker exec CONTAINER certbound ...`.
ENV PATH=${PATH}:/app/bin
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

ARG NODE_IMAGE
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="certbound" \
      org.opencontainers.image.description="OAuth mutual-TLS gateway (RFC 8705)" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${NODE_IMAGE}"
