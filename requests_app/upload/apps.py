"""Files that are not saved yet."""

from django.apps import AppConfig


class UploadConfig(AppConfig):
    """Registers the job that ends a draft, and ends drafts with their consent."""

    name = "requests_app.upload"
    label = "upload"

    def ready(self) -> None:
        """Join the job and the end of a consent."""
        from consents.signals import consent_ended
        from requests_app.upload import ending

        consent_ended.connect(ending.on_consent_ended, dispatch_uid="requests_app.upload.ending")
