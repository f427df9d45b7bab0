// The shape of a mark, so that none is told by its colour alone: octagon critical, triangle warning, circle information;
// a start points on, a change of version is a diamond, anything else is a square.
const regular = (corners, turn) => Array.from({ length: corners }, (_, at) => (turn + at / corners) * 2 * Math.PI).map((angle) => [Math.cos(angle), Math.sin(angle)]);

const SHAPES = {
  critical: regular(8, 1 / 16),
  warning: regular(3, -1 / 4),
  info: regular(24, 0),
  start: regular(3, 0),
  version: regular(4, 0),
  quiet: regular(4, 1 / 8),
};

export function shape(ctx, { kind, tone }, x, y, size) {
  ctx.beginPath();
  for (const [dx, dy] of SHAPES[kind] ?? SHAPES[tone]) ctx.lineTo(x + (dx * size) / 2, y + (dy * size) / 2);
  ctx.fill();
}
