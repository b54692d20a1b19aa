from django.apps import AppConfig


class EffectsConfig(AppConfig):
    name = "tests.faults.effects"
    label = "effects"

    def ready(self) -> None:
        from broker import jobs
        from tests.faults import effects

        jobs.handler(effects.KIND)(effects.effect)
