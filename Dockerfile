# One web process per container (or LIVEBLOG_WORKERS of them); without LIVEBLOG_REDIS_URL it keeps its data in /data.
FROM python:3.13-slim AS build
WORKDIR /src
# What the program uses is a layer of its own: a change of the program does not install it again.
COPY deploy/requirements.txt .
RUN python -m venv /app && /app/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE CHANGES.md ./
COPY liveblog liveblog
COPY templates templates
COPY static static
RUN /app/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --uid 1000 --create-home liveblog && install -d -o liveblog /data /pictures
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 LIVEBLOG_HOST=0.0.0.0 LIVEBLOG_DATA=/data
USER liveblog
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1:8000', timeout=2); c.request('GET', '/healthz'); exit(c.getresponse().status != 200)"]
CMD ["liveblog", "serve"]
