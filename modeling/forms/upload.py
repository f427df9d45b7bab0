"""The upload of a company's SEC document."""

from __future__ import annotations

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

# The largest companyfacts documents are about 10 MB; nothing near this size is one.
MAX_BYTES = 25 * 1024 * 1024


class CompanyFactsForm(forms.Form):
    """One companyfacts JSON file."""

    document = forms.FileField(
        label="SEC companyfacts file (JSON)",
        error_messages={
            "required": "Choose the file to import.",
            "empty": "The file is empty: download it again.",
            "missing": "Choose the file to import.",
        },
    )

    def clean_document(self) -> UploadedFile:
        upload: UploadedFile = self.cleaned_data["document"]
        if upload.size and upload.size > MAX_BYTES:
            raise forms.ValidationError(
                f"The file has {filesizeformat(upload.size)}; the limit is {filesizeformat(MAX_BYTES)}. "
                "Import the companyfacts document of one company."
            )
        return upload
