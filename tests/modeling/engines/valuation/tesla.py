"""The published valuation of Tesla, September 2013, at full precision.

Source: A. Damodaran, Musings on Markets, September 2013; workbook teslavaluation.xlsx.
"""

from __future__ import annotations

from modeling.engines.valuation.inputs import DcfInputs, EmployeeOptions

OPTIONS = EmployeeOptions(
    count=25.008, strike=21.2, maturity=3.495, volatility=0.5, risk_free=0.0275, dividend_yield=0.0
)
INPUTS = DcfInputs(
    base_revenue=1328.696,
    base_ebit=-21.857000000000028,
    net_operating_losses=1070.0,
    growth=0.7,
    terminal_growth=0.027499999999999858,
    operating_margin=0.125,
    sales_to_capital=1.41,
    tax_rate=0.0,
    terminal_tax_rate=0.35,
    cost_of_capital=0.10032187379768158,
    terminal_cost_of_capital=0.07999999999999999,
    terminal_roic=0.08,
    failure_probability=0.1,
    failure_proceeds=0.5,
    debt=578.74,
    cash=201.89,
    shares=121.45,
    high_growth_years=5,
    fade_years=5,
    margin_ramp_years=10,
    price=168.76,
    employee_options=OPTIONS,
)

ROWS = {
    "revenues": [
        2258.7832, 3839.93144, 6527.883448, 11097.4018616, 18865.58316472,
        29534.070444369157, 42263.25480589227, 54794.309855839325, 63670.98805248529, 65421.94022392863,
    ],
    "ebit": [
        -5.206420000000067, 45.464901999999945, 169.6272205999999, 445.33898325999985, 1023.9298755499998,
        2020.7215372480487, 3489.4661025356017, 5299.158111951577, 7058.247616324197, 8177.7425279910785,
    ],
    "ebit_after_tax": [
        -5.206420000000067, 45.464901999999945, 169.6272205999999, 445.33898325999985, 1023.9298755499998,
        1879.2710296406854, 3000.9408481806176, 4186.334908441746, 5081.938283753422, 5315.532643194201,
    ],
    "reinvestment": [
        659.6363120567376, 1121.3817304964539, 1906.3489418439715, 3240.7932011347516, 5509.348441929078,
        7566.30303521217, 9027.790327321356, 8887.273085068835, 6295.516451521963, 1241.8100506690325,
    ],
    "fcff": [
        -664.8427320567376, -1075.916828496454, -1736.7217212439716, -2795.4542178747515, -4485.418566379079,
        -5687.032005571484, -6026.849479140738, -4700.938176627089, -1213.5781677685409, 4073.7225925251687,
    ],
    "nol": [1075.20642, 1029.741518, 860.1142974000002, 414.7753141400003, 0, 0, 0, 0, 0, 0],
}  # fmt: skip
TOTALS = {
    "terminal_fcff": 3584.247050266348,
    "terminal_value": 68271.37238602567,
    "pv_terminal": 27750.369599806207,
    "pv_fcff": -14936.060853673767,
    "sum_pv": 12814.30874613244,
    "operating_assets": 12173.593308825819,
    "equity": 11796.743308825819,
    "common_equity": 8151.774471673767,
}
VALUE_PER_SHARE = 67.12041557574119
OPTIONS_CLAIM = 3644.9688371520515
VALUE_PER_OPTION = 145.75211280998286
