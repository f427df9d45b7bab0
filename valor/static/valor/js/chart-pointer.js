// Mouse and finger on a chart: the cursor is shared by all charts of the page; dragging zooms, with Shift it moves
// through time, a double click resets. A finger moves the cursor, or a zoomed view; up and down it scrolls the page.
import { ask, zoomable } from "./chart-say.js";

const LEAST = 8; // pixels: less is a click

export function cursor(chart) {
  return {
    y: false,
    drag: { x: zoomable(chart), y: false, setScale: false, dist: LEAST },
    sync: { key: "time", scales: ["x", null] },
    bind: {
      mousedown: (plot, target, handle) => (event) => event.button === 0 && !(event.shiftKey && zoomable(chart)) && handle(event),
      dblclick: () => () => ask(chart, "reset"),
    },
  };
}

function selected(chart, plot) {
  const { left, width } = plot.select;
  // On the other charts the same selection is drawn, and nobody's hand is on them.
  const mine = plot.cursor.event && width >= LEAST;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  if (mine) ask(chart, "zoom", [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")]);
}

function follow(chart, plot, start) {
  const moves = zoomable(chart) && (start.pointerType !== "touch" || chart.closest("[data-zoomed]"));
  const seconds = (event) => plot.posToVal(0, "x") - plot.posToVal(event.clientX - start.clientX, "x");
  const move = (event) => {
    if (moves) ask(chart, "pan", seconds(event));
    else chart.plot.setCursor({ left: event.clientX - chart.plot.rect.left, top: 1 }, true, true);
  };
  const held = new AbortController();
  const end = (event) => {
    held.abort();
    if (moves) ask(chart, "panned", event.type === "pointerup" ? seconds(event) : 0);
  };
  plot.over.setPointerCapture(start.pointerId);
  // Up and down the browser takes the finger over: then nothing of this gesture may be left for the next one. On the document,
  // since new figures may take the plot away under the finger.
  for (const [kind, act] of Object.entries({ pointermove: move, pointerup: end, pointercancel: end }))
    document.addEventListener(kind, (event) => event.pointerId === start.pointerId && act(event), { signal: held.signal });
}

export function gestures(chart) {
  const listen = (plot) =>
    plot.over.addEventListener("pointerdown", (event) => {
      const drags = event.pointerType === "touch" ? event.isPrimary : event.shiftKey && event.button === 0 && zoomable(chart);
      if (drags) follow(chart, plot, event);
    });
  return { hooks: { init: listen, setSelect: (plot) => selected(chart, plot) } };
}
