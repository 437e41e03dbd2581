# By its content, so that a build today and one next year stand on the same: Node.js 24.21.0 for linux/amd64 and
# linux/arm64. The digest is what many public repositories pin this tag to; it was not looked up in the registry, which
# `docker buildx imagetools inspect node:24-slim` does, also for a newer one.
FROM node:24-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6 AS base

FROM base AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json vite.config.ts ./
COPY src src
RUN npm run build

# The image's own Node.js runs the controller; the npm package `node` is for development and stays behind.
FROM base AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM base
ENV NODE_ENV=production
WORKDIR /app
COPY package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# A volume that is laid over this folder takes over its owner.
RUN mkdir data && chown node:node data
USER node
VOLUME /app/data

# Ports as in controller configurations: calls from FreeSWITCH, the HTTP API.
EXPOSE 8084 8080
ENV BELPLAN_HEALTH=http://127.0.0.1:8080/healthz
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(process.env.BELPLAN_HEALTH).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

# Exec form: SIGTERM reaches the controller, which hands its calls over and ends within 2 s.
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
