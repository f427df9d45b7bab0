// A uPlot plugin: what happened, as hairlines and spans with a shape and a word above the lines. Those that lie too close
// together are one, told by the gravest and how many there are; the list below the charts tells each.
import { shape } from "./chart-shapes.js";

const [CLOSE, SIZE, WORD] = [18, 10, 11]; // CSS pixels
const TONES = { critical: "--critical", warning: "--warning", info: "--accent", quiet: "--muted" };
const ranks = Object.keys(TONES);

export function merged(marks, place) {
  const groups = [];
  for (const mark of marks) {
    const at = place(mark.at);
    const last = groups.at(-1);
    if (last && at - last.at < CLOSE) last.marks.push(mark);
    else groups.push({ at, marks: [mark] });
  }
  return groups.map(({ at, marks: all }) => ({ at, all, first: all.toSorted((a, b) => ranks.indexOf(a.tone) - ranks.indexOf(b.tone))[0] }));
}

function hairline({ ctx, bbox }, x) {
  ctx.globalAlpha = 0.7;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function span({ ctx, bbox }, from, to, ratio) {
  if (to <= from) return;
  ctx.fillRect(from, bbox.top - 3 * ratio, to - from, 3 * ratio);
  ctx.globalAlpha = 0.07;
  ctx.fillRect(from, bbox.top, to - from, bbox.height);
  ctx.globalAlpha = 1;
}

function label({ ctx, bbox }, { at, all, first }, room, ratio) {
  const top = bbox.top - 16 * ratio;
  shape(ctx, first, at, top, SIZE * ratio);
  const word = all.length > 1 ? `${all.length} \u00d7` : first.word;
  if (ctx.measureText(word).width + SIZE * ratio < room) ctx.fillText(word, at + (SIZE / 2 + 4) * ratio, top);
}

export function marks(chart, token) {
  const draw = (plot) => {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    const right = bbox.left + bbox.width;
    const place = (at) => Math.min(right, Math.max(bbox.left, Math.round(plot.valToPos(at, "x", true))));
    const groups = merged(chart.marks, (at) => place(at) / ratio);
    ctx.save();
    Object.assign(ctx, { font: `${WORD * ratio}px system-ui`, textAlign: "left", textBaseline: "middle", lineWidth: ratio });
    groups.forEach((group, index) => {
      const next = groups[index + 1]?.at ?? right / ratio + 18;
      for (const mark of group.all) {
        ctx.fillStyle = ctx.strokeStyle = token(TONES[mark.tone]);
        span(plot, place(mark.at), place(mark.until ?? mark.at), ratio);
      }
      ctx.fillStyle = ctx.strokeStyle = token(TONES[group.first.tone]);
      hairline(plot, group.at * ratio);
      label(plot, { ...group, at: group.at * ratio }, (next - group.at - 12) * ratio, ratio);
    });
    ctx.restore();
  };
  return { hooks: { draw } };
}
