"""The words of the letter that are not in its templates, in each of its languages (rules).

Kept here and not in the site's translations: a letter's bytes must not change when somebody polishes a page.
"""

from datetime import date

from broker.terms import PURPOSES

LANGUAGES = ("en", "es")

# What her signature says, as the visible block gives it; and what the seal attaches to the letter.
MEANINGS = {"en": "I authorize this release.", "es": "Autorizo esta entrega de datos. (I authorize this release.)"}
EVIDENCE_NAME = "signature-evidence.json"
LOG_PROOF_NAME = "log-entry.tlog-proof"

# What each data type is called on the face of the letter, in words that a billing clerk works with.
DATA_TYPES: dict[str, tuple[str, str]] = {
    "account_info": ("Account information", "service address, rate name, meter number"),
    "bill": ("Bill copies", "each month’s bill with its itemized charges"),
    "payment": ("Payment history", "dates and amounts paid"),
    "usage_monthly": ("Monthly use", "one kWh figure per billing month"),
    "usage_daily": ("Daily use", "one kWh figure per day"),
    "usage_hourly": ("Hourly use", "24 kWh figures per day"),
    "usage_15min": ("15-minute use", "96 kWh figures per day, if the utility can provide them"),
}
DATA_TYPES_ES: dict[str, tuple[str, str]] = {
    "account_info": ("Datos de la cuenta", "dirección del servicio, nombre de la tarifa, número de medidor"),
    "bill": ("Copias de facturas", "la factura de cada mes con sus cargos detallados"),
    "payment": ("Historial de pagos", "fechas y montos pagados"),
    "usage_monthly": ("Consumo mensual", "una cifra de kWh por mes de facturación"),
    "usage_daily": ("Consumo diario", "una cifra de kWh por día"),
    "usage_hourly": ("Consumo por hora", "24 cifras de kWh por día"),
    "usage_15min": ("Consumo cada 15 minutos", "96 cifras de kWh por día, si la cooperativa puede darlas"),
}
PURPOSES_ES: dict[str, str] = {
    "rate_comparison": "Comparar tarifas eléctricas y encontrar la más conveniente",
    "efficiency_audit": "Encontrar maneras de usar menos energía",
    "solar_sizing": "Planear el tamaño de un sistema solar o de baterías",
    "billing_review": "Revisar si las facturas tienen errores",
    "carbon_reporting": "Informar sobre el uso de energía y las emisiones de carbono",
    "research": "Para investigación sobre energía que no nombra a ningún cliente",
}
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}


def in_words(day: date, language: str = "en") -> str:
    """Write a date as readers of this language say it, whatever the machine's locale."""
    month = _MONTHS[language].split()[day.month - 1]
    return f"{day.day} de {month} de {day.year}" if language == "es" else f"{month} {day.day}, {day.year}"


def purpose(sentence: str, language: str) -> str:
    """Give a purpose in this language; one of its own wording stays as it is."""
    if language == "es":
        return next((PURPOSES_ES[code] for code, english in PURPOSES.items() if english == sentence), sentence)
    return sentence
