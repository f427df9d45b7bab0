"""What providers answer, in the form in which they write it. The figures are made up."""

from __future__ import annotations

STOOQ_CSV = """Date,Open,High,Low,Close,Volume
2024-01-02,187.15,188.44,183.885,185.64,82488674
2024-01-03,184.22,185.88,183.43,184.25,58414460
2024-01-04,182.15,183.0872,180.88,181.91,71983570
"""
ECB_CSV = """KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE
EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2024-01-01,NaN
EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2024-01-02,1.0956
EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2024-01-03,1.0919
"""
DIRECTORY = {
    "0": {"cik_str": 42, "ticker": "ACM", "title": "Acme Inc."},
    "1": {"cik_str": 1067983, "ticker": "BRK-B", "title": "BERKSHIRE HATHAWAY INC"},
}
PAGE = "<!DOCTYPE html><html><head><title>Verify</title></head><body>Are you a person?</body></html>"
