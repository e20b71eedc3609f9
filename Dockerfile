# One image for all of Airflow's services; which one a container is, docker-compose.yml says.
FROM python:3.11-slim-bookworm

RUN useradd --create-home --uid 50000 gongkai
WORKDIR /opt/gongkai
COPY requirements requirements
RUN python -m pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
 && uv pip install --system --no-cache --require-hashes -r requirements/lock.txt -r requirements/production.txt
COPY . .
RUN uv pip install --system --no-deps --no-build-isolation --editable . \
 && mkdir -p /var/lib/gongkai /opt/airflow/logs /opt/airflow/auth \
 && chown -R gongkai /var/lib/gongkai /opt/airflow
USER gongkai
ENV AIRFLOW_HOME=/opt/airflow GONGKAI_HOME=/var/lib/gongkai
ENTRYPOINT ["airflow"]
