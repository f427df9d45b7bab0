// The fills of what is stacked: the first four rows have a colour each, the next four the same ones hatched, a ninth, which is
// what is left, is grey.
const COLOURS = 4;

export function look(of, token) {
  const rest = of >= 2 * COLOURS;
  return { colour: token(rest ? "--control" : `--series-${(of % COLOURS) + 1}`), hatched: !rest && of >= COLOURS, ground: token("--canvas") };
}

// For the legend.
export function swatch({ colour, hatched, ground }) {
  return hatched ? `repeating-linear-gradient(135deg, ${colour} 0 2px, ${ground} 2px 4px)` : colour;
}

// For the canvas.
export function fillStyle(ctx, { colour, hatched, ground }) {
  if (!hatched) return colour;
  const size = Math.round(6 * devicePixelRatio);
  const tile = Object.assign(document.createElement("canvas"), { width: size, height: size });
  const pen = tile.getContext("2d");
  pen.fillStyle = ground;
  pen.fillRect(0, 0, size, size);
  Object.assign(pen, { strokeStyle: colour, lineWidth: size / 2.5 });
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return ctx.createPattern(tile, "repeat");
}
