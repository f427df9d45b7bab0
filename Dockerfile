# One image for every process: the command decides which (see compose.yaml).
FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VALOR_HOME=/var/lib/valor
WORKDIR /srv/valor
COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements.txt
COPY . .
# Processes write no bytecode: it is written here, once.
RUN python -m compileall -q .
RUN useradd --system --home-dir "$VALOR_HOME" valor \
    && install -d -m 700 -o valor "$VALOR_HOME"
USER valor
# The static files belong to the image; the key used for this step is thrown away.
RUN SECRET_KEY=build-only python manage.py collectstatic --noinput --verbosity 0
ENV VALOR_BIND=0.0.0.0:8000
EXPOSE 8000
CMD ["gunicorn", "--config", "python:valor.gunicorn", "valor.wsgi"]
