# One image; web and worker differ by their command.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.lock .
# Every dependency comes as a wheel, so no compiler is needed.
RUN /venv/bin/pip install --quiet --only-binary :all: --require-hashes --requirement requirements.lock

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=backoffice.settings \
    BACKOFFICE_ENV=production \
    MEDIA_ROOT=/data/media
RUN groupadd --system --gid 10001 app \
    && useradd --system --uid 10001 --gid app --no-create-home --shell /usr/sbin/nologin app \
    && install -d -o app -g app /data/media
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py ./
COPY fixtures fixtures
COPY domain domain
COPY api api
COPY backoffice backoffice
# Collecting files reads the settings but uses none of these.
RUN SECRET_KEY=unused DATABASE_URL=postgres://unused@127.0.0.1/unused \
    STRIPE_SECRET_KEY=unused STRIPE_PUBLISHABLE_KEY=unused STRIPE_WEBHOOK_SECRET=unused \
    python manage.py collectstatic --noinput --verbosity 0
USER app
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "backoffice.healthcheck"]
CMD ["gunicorn", "backoffice.wsgi:application", "--bind", "0.0.0.0:8000", \
     "--worker-class", "gthread", "--workers", "2", "--threads", "8", \
     "--timeout", "60", "--graceful-timeout", "20", "--keep-alive", "65", \
     "--max-requests", "5000", "--max-requests-jitter", "500", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
