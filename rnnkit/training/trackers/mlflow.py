"""MLflow."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from rnnkit.training.trackers.tracker import TrackedRun, TrackerSpec


class Mlflow(TrackerSpec):
    """A run of an MLflow experiment; MLFLOW_TRACKING_URI says where, else MLflow's own default."""

    short: ClassVar[str | None] = "experiment"
    library: ClassVar[str | None] = "mlflow"
    experiment: str = Field("rnnkit", description="the experiment's name")

    def begin(self, run: TrackedRun) -> tuple[str, Any]:
        from mlflow import MlflowClient
        from mlflow.entities import Param

        client = MlflowClient()
        if run.known is None:
            found = client.get_experiment_by_name(self.experiment)
            place = found.experiment_id if found else client.create_experiment(self.experiment)
            name = client.create_run(place, run_name=run.name).info.run_id
        else:
            name = run.known
            client.update_run(name, status="RUNNING")
        logged = client.get_run(name).data.params  # which cannot be changed any more
        new = [Param(key, str(item)) for key, item in run.config.items() if key not in logged]
        client.log_batch(name, params=new)
        for key, item in run.config.items():
            if logged.get(key, str(item)) != str(item):
                client.set_tag(name, f"resumed.{key}", str(item))
        return name, (name, client)

    def log(self, opened: Any, values: Mapping[str, float], epoch: int) -> None:
        from mlflow.entities import Metric

        now = int(1000 * time.time())
        metrics = [Metric(name, value, now, epoch) for name, value in values.items()]
        name, client = opened
        client.log_batch(name, metrics=metrics)

    def end(self, opened: Any, *, succeeded: bool) -> None:
        name, client = opened
        client.set_terminated(name, "FINISHED" if succeeded else "FAILED")
