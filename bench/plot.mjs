// The results as one picture: bars of speed against the reference, and curves of cost as the work grows. Both axes
// of a panel are logarithmic where its figures are ratios or grow by factors.
import { speeds } from "./results.mjs";

const COLOURS = {
  batches: "#1f77b4",
  qemu: "#777777", auto: "#1f77b4", interpreter: "#ff7f0e", unicorn: "#777777" };
const MORE_COLOURS = ["#2ca02c", "#9467bd", "#8c564b"];
const colourOf = (name, n) => COLOURS[name] ?? MORE_COLOURS[n % MORE_COLOURS.length];
const WIDTH = 900;
const LEFT = 250;
const RIGHT = 860;
const escape = (text) =>
  String(text).replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
const text = (x, y, words, more = "") => `<text x="${x}" y="${y}" ${more}>${escape(words)}</text>`;
const short = (n) => (n >= 1e6 ? `${n / 1e6} M` : n >= 1000 ? `${n / 1000} k` : String(n));

/** Ticks at 1, 2 and 5 times powers of ten, or at powers of ten where the axis is long. */
const ticksOf = (low, high) => {
  const ticks = [];
  const steps = Math.log10(high / low) > 2.5 ? [1] : [1, 2, 5];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (const step of steps) {
      // By text: a product of powers is not exact.
      const tick = Number(`${step}e${power}`);
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  return ticks;
};
const logScale = (low, high, from, to) => (n) =>
  from + ((to - from) * Math.log(n / low)) / Math.log(high / low);

/** Bars of speed, QEMU being 1. */
const bars = (rows, top) => {
  const list = rows.flatMap(({ name, section, figures }) =>
    [...speeds(figures)]
      .filter(([, s]) => (s?.wall ?? s?.cpu) !== undefined)
      .map(([variant, s]) => ({
        label: section === "kernels" ? name : `${name}${section === "boots" ? " boot" : ""}`,
        variant,
        speed: s.cpu,
      })),
  );
  if (list.length === 0) return { svg: "", height: 0 };
  const low = Math.min(0.05, ...list.map((b) => b.speed)) * 0.6;
  const high = Math.max(2, ...list.map((b) => b.speed)) * 1.1;
  const x = logScale(low, high, LEFT, RIGHT);
  const height = list.length * 18;
  const out = [text(20, top, "Speed against QEMU's TCG, by CPU time (1 is as fast)", 'class="title"')];
  for (const tick of ticksOf(low, high)) {
    const strong = tick === 1 ? 'class="one"' : 'class="grid"';
    out.push(`<line x1="${x(tick)}" x2="${x(tick)}" y1="${top + 12}" y2="${top + 16 + height}" ${strong}/>`);
    out.push(text(x(tick), top + 32 + height, tick, 'text-anchor="middle"'));
  }
  list.forEach(({ label, variant, speed }, i) => {
    const y = top + 16 + i * 18;
    const [a, b] = [Math.min(x(1), x(speed)), Math.max(x(1), x(speed))];
    out.push(text(LEFT - 10, y + 12, `${label}: ${variant}`, 'text-anchor="end"'));
    out.push(`<rect x="${a}" y="${y + 2}" width="${Math.max(1, b - a)}" height="12" fill="${colourOf(variant, i)}"/>`);
    out.push(text(speed < 1 ? a - 4 : b + 4, y + 12, speed.toFixed(2), speed < 1 ? 'text-anchor="end"' : ""));
  });
  return { svg: out.join("\n"), height: height + 60 };
};

/** Curves of one figure over `x`. */
const curves = (rows, top, { title, unit, axis, figure }) => {
  if (rows.length < 2) return { svg: "", height: 0 };
  const lines = new Map();
  for (const { x, figures } of rows)
    for (const [variant, f] of figures)
      lines.set(variant, [...(lines.get(variant) ?? []), [x, f[figure].median]]);
  const values = [...lines.values()].flat().map(([, y]) => y);
  const xs = rows.map((r) => r.x);
  const [low, high] = [Math.min(...values) / 1.5, Math.max(...values) * 1.5];
  const height = 180;
  const sx = logScale(Math.min(...xs), Math.max(...xs), LEFT, RIGHT - 120);
  const sy = logScale(low, high, top + 20 + height, top + 20);
  const out = [text(20, top, title, 'class="title"'), text(20, top + 30, unit)];
  for (const tick of ticksOf(low, high)) {
    out.push(`<line x1="${LEFT}" x2="${RIGHT - 120}" y1="${sy(tick)}" y2="${sy(tick)}" class="grid"/>`);
    out.push(text(LEFT - 8, sy(tick) + 4, short(tick), 'text-anchor="end"'));
  }
  for (const n of new Set(xs)) out.push(text(sx(n), top + 38 + height, n, 'text-anchor="middle"'));
  out.push(text(20, top + 38 + height, axis));
  [...lines].forEach(([variant, points], i) => {
    const colour = colourOf(variant, i);
    const path = points.map(([a, b]) => `${sx(a).toFixed(1)},${sy(b).toFixed(1)}`).join(" ");
    out.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const [a, b] of points) out.push(`<circle cx="${sx(a)}" cy="${sy(b)}" r="3" fill="${colour}"/>`);
    const [, last] = points.at(-1);
    const at = points.length === 1 ? sx(points[0][0]) : RIGHT - 120;
    out.push(text(at + 8, sy(last) + 4, variant, `fill="${colour}"`));
  });
  return { svg: out.join("\n"), height: height + 70 };
};

/** The picture, SVG. */
export const plotOf = (rows) => {
  const of = (section) => rows.filter((r) => r.section === section);
  const panels = [
    (top) => bars([...of("kernels"), ...of("boots"), ...of("kdump"), ...of("snapshot")], top),
    (top) =>
      curves(of("pages"), top, {
        title: "Checks a second of CPU time against pages that a call changes",
        unit: "checks a second",
        axis: "pages",
        figure: "rate",
      }),
    (top) =>
      curves(of("ram"), top, {
        title: "Boot to the shell against RAM",
        unit: "CPU seconds",
        axis: "MiB of RAM",
        figure: "cpu",
      }),
    (top) =>
      curves(of("ram"), top, {
        title: "Peak memory of the process against the guest's RAM",
        unit: "MiB",
        axis: "MiB of RAM",
        figure: "peak",
      }),
    (top) =>
      curves(of("cpus"), top, {
        title: "Boot to the shell against CPUs",
        unit: "CPU seconds",
        axis: "CPUs",
        figure: "cpu",
      }),
  ];
  let top = 30;
  const parts = [];
  for (const panel of panels) {
    const { svg, height } = panel(top);
    if (height > 0) parts.push(svg);
    top += height;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top}" viewBox="0 0 ${WIDTH} ${top}" font-family="sans-serif" font-size="12">
<style>.title { font-size: 14px; font-weight: bold } .grid { stroke: #dddddd } .one { stroke: #333333 }</style>
<rect width="100%" height="100%" fill="white"/>
${parts.join("\n")}
</svg>
`;
};
