# One image for every app: what runs is the command, e.g. `apps/rules/dist/main.js`, the same that `npm run start:distributed`
# starts as a process. No shell, no npm and no secret in the last stage.
#
#   docker build -t anlan .
#
# Base images are arguments, so that a mirror or a digest can be given: --build-arg NODE_IMAGE=mirror.example/node@sha256:…
ARG NODE_IMAGE=node:20.20.2-bookworm-slim
ARG RUN_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY . .
RUN npm ci && node tools/build.mjs --force
# What runs: built code, data of the packs, production packages. Sources, tests and tools stay behind.
RUN rm -rf node_modules test tools docs \
 && npm ci --omit=dev \
 && find apps libs -depth \( -name src -o -name coverage -o -name '*.tsbuildinfo' -o -name '*.d.ts' -o -name '*.map' \) -not -path '*/node_modules/*' -exec rm -rf {} + \
 && mkdir -p /empty/data

FROM ${RUN_IMAGE}
ENV NODE_ENV=production \
    ANLAN_DATA_DIR=/data
WORKDIR /app
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build --chown=65532:65532 /empty/data /data
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/libs ./libs
COPY --from=build /app/apps ./apps
COPY --from=build /app/deploy/healthcheck.mjs ./deploy/healthcheck.mjs
USER 65532:65532
# Node is process 1: it takes SIGTERM itself, drains and ends; it starts no children that would need a reaper.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/node"]
CMD ["apps/gateway/dist/main.js"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD ["/usr/local/bin/node", "deploy/healthcheck.mjs", "http://127.0.0.1:8080/health/ready"]
