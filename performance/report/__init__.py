"""How the platform did over a span of time: one report, built of declared sections, in several formats."""
