# The Voice ID engine alone, beside real S3 and DynamoDB: see `npm run engine -- --help` for its settings.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The Node that the scripts bring along is not installed where npm runs on one that is new enough.
RUN npm ci --omit=dev

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY engine ./engine
USER node
EXPOSE 4567
# An in-flight step is finished at SIGTERM; allow for the longest.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4567/_health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Two megabytes of young objects: package.json says why.
CMD ["node", "--disable-warning=ExperimentalWarning", "--max-semi-space-size=2", "engine/main.ts", "--port", "4567"]
