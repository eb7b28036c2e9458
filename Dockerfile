# rnnkit without a framework: it answers and serves runs that were trained elsewhere.
FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
# ziglang compiles the kernels where there is no C compiler
RUN python -m pip install --no-cache-dir hatchling==1.33.0 ziglang==0.17.1 && python -m hatchling build -t wheel -d /wheels

FROM python:3.12-slim
COPY --from=build /wheels /wheels
RUN python -m pip install --no-cache-dir "$(ls /wheels/*.whl)[serve]"
RUN useradd --create-home --uid 1000 rnnkit
USER 1000
WORKDIR /home/rnnkit
ENV RNNKIT_RUNS=/runs
EXPOSE 8000
ENTRYPOINT ["rnnkit"]
CMD ["--help"]
