"""The icons, as strokes on a 16 by 16 grid, and what each state of the product looks like."""

from __future__ import annotations

ICONS: dict[str, str] = {
    "check": "M3 8.5l3.2 3.2L13 5",
    "info": "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 7.2v3.6M8 4.9v.2",
    "triangle": "M8 2.2l6.2 11.3H1.8zM8 6.6v3.2M8 11.6v.1",
    "octagon": "M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4zM8 4.8v3.9M8 11v.1",
    "ring": "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z",
    "clock": "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.6V8l2.4 1.6",
    "play": "M5 3.2l7 4.8-7 4.8z",
    "cross": "M4 4l8 8M12 4l-8 8",
    "pause": "M5.5 3.5v9M10.5 3.5v9",
    "menu": "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
    "sun": "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.4v1.4M8 13.2v1.4M1.4 8h1.4M13.2 8h1.4"
    "M3.3 3.3l1 1M11.7 11.7l1 1M3.3 12.7l1-1M11.7 4.3l1-1",
    "moon": "M13.2 9.6A5.7 5.7 0 0 1 6.4 2.8a5.7 5.7 0 1 0 6.8 6.8z",
    "help": "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z"
    "M6.3 6.4a1.8 1.8 0 1 1 2.5 1.6c-.5.3-.8.6-.8 1.2M8 11.2v.1",
    "user": "M8 2.4a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4zM2.8 13.8c.5-2.7 2.5-4 5.2-4s4.7 1.3 5.2 4",
    "leave": "M9.5 2.8H3.2v10.4h6.3M6.8 8h7M11.2 5.4L13.8 8l-2.6 2.6",
    "up": "M8 13V3.4M4 7.2l4-4 4 4",
    "down": "M8 3v9.6M4 8.8l4 4 4-4",
    "right": "M6 3.6L10.4 8 6 12.4",
    "left": "M10 3.6L5.6 8l4.4 4.4",
    "plus": "M8 3v10M3 8h10",
    "minus": "M3 8h10",
    "more": "M8 3.4v.1M8 8v.1M8 12.6v.1",
    "search": "M7 2.4a4.6 4.6 0 1 0 0 9.2 4.6 4.6 0 0 0 0-9.2zM10.4 10.4l3.4 3.4",
    "download": "M8 2.4v7.8M4.8 7.2L8 10.4l3.2-3.2M2.8 13.4h10.4",
    "upload": "M8 10.4V2.6M4.8 5.8L8 2.6l3.2 3.2M2.8 13.4h10.4",
    "refresh": "M13.4 8a5.4 5.4 0 1 1-1.7-3.9M13.4 2v3h-3",
    "trash": "M3 4.4h10M6.2 4.2V2.6h3.6v1.6M4.4 4.6l.6 9h6l.6-9",
    "copy": "M5.6 5.6h7.8v7.8H5.6zM3.6 10.4h-1V2.6h7.8v1",
    "dice": "M2.6 2.6h10.8v10.8H2.6zM5.4 5.4v.1M10.6 5.4v.1M8 8v.1M5.4 10.6v.1M10.6 10.6v.1",
}

# State: its icon, its tone (a class of components.css) and its word.
STATES: dict[str, tuple[str, str, str]] = {
    "healthy": ("check", "quiet", "Healthy"),
    "degraded": ("triangle", "warning", "Degraded"),
    "down": ("octagon", "critical", "Down"),
    "unknown": ("ring", "unknown", "Unknown"),
    "no requests": ("ring", "quiet", "No requests"),
    "no lookups": ("ring", "quiet", "No lookups"),
    "no jobs": ("ring", "quiet", "No jobs"),
    "ok": ("check", "quiet", "OK"),
    "info": ("info", "info", "Info"),
    "warning": ("triangle", "warning", "Warning"),
    "critical": ("octagon", "critical", "Critical"),
    "pending": ("clock", "warning", "Pending"),
    "firing": ("octagon", "critical", "Firing"),
    "recovering": ("up", "info", "Recovering"),
    "resolved": ("check", "quiet", "Resolved"),
    "busy": ("play", "info", "Busy"),
    "idle": ("check", "quiet", "Idle"),
    "silent": ("ring", "unknown", "Silent"),
    "queued": ("clock", "quiet", "Queued"),
    "running": ("play", "info", "Running"),
    "done": ("check", "quiet", "Done"),
    "failed": ("octagon", "critical", "Failed"),
    "cancelled": ("cross", "unknown", "Cancelled"),
}
