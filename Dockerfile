# One image for every role: the command chooses it (`run` by default; `check`, `import plans FILE`, ...).
# Only var/ and journal/ are ever written, so the root file system may be read-only. The journal is the second memory of
# what was sent: mount it from another disk than the database's.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python -m venv /venv && python -m venv /build/backend
COPY requirements/run.txt requirements/build.txt requirements/
RUN /venv/bin/python -m pip install --quiet --only-binary :all: --require-hashes -r requirements/run.txt
RUN /build/backend/bin/python -m pip install --quiet --only-binary :all: --require-hashes -r requirements/build.txt
COPY pyproject.toml ./
COPY scheduler scheduler
COPY channels channels
COPY config config
COPY templates templates
RUN /build/backend/bin/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
RUN /venv/bin/python -m pip install --quiet --no-deps --no-index dist/duly-*.whl

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DULY_HOST=0.0.0.0 DULY_JOURNAL=/srv/duly/journal/dispatch.journal
RUN useradd --system --uid 10001 --no-create-home --home-dir /srv/duly duly
COPY --from=build /venv /venv
WORKDIR /srv/duly
RUN duly init /srv/duly
RUN mkdir var journal && chown 10001:10001 var journal
USER 10001:10001
VOLUME /srv/duly/var /srv/duly/journal
EXPOSE 8400
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ.get('DULY_PORT', '8400') + '/healthz', timeout=4)"]
ENTRYPOINT ["duly"]
CMD ["run"]
