/** How our charts look. */
import type uPlot from "uplot";
import type { Cell } from "../domain/cells";
import { momentText } from "../domain/times";

/** A span to be shaded, in seconds since 1970. */
export interface Band {
  from: number;
  to: number;
  level: Cell["level"];
}

interface Look {
  names: string[];
  utc: boolean;
  width: number;
  bands: () => Band[];
}

/** Okabe and Ito's colours, which most colour-blind readers tell apart, without the palest. */
const COLOURS = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#8a6fd1",
  "#7a8794",
];

/** The options of a chart of latencies in milliseconds. */
export function options({ names, utc, width, bands }: Look): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--soft"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1, size: 4 },
  };
  return {
    width,
    height: 220,
    ...(utc ? { tzDate: (seconds: number) => inUtc(seconds) } : {}),
    scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.08)] } },
    series: [
      { value: (_, seconds) => (seconds === null ? "–" : timeText(seconds, utc)) },
      ...names.map((label, index) => ({
        label,
        stroke: COLOURS[index % COLOURS.length] ?? "#0072b2",
        dash: index >= COLOURS.length ? [6, 4] : [],
        width: 1.2,
        points: { show: false },
        value: (_: uPlot, value: number | null) => (value === null ? "–" : text(value)),
      })),
    ],
    axes: [
      {
        ...axis,
        size: 32,
        values: (_, splits, __, ___, step) => splits.map((at) => tickText(at, step, utc)),
      },
      { ...axis, size: 62, values: (_, values) => values.map(text) },
    ],
    cursor: { drag: { x: true, y: false, setScale: true } },
    hooks: { drawClear: [(chart) => shade(chart, bands(), colour)] },
  };
}

function shade(chart: uPlot, bands: Band[], colour: (name: string) => string): void {
  const { ctx, bbox } = chart;
  ctx.save();
  for (const { from, to, level } of bands) {
    const left = Math.max(bbox.left, chart.valToPos(from, "x", true));
    const right = Math.min(bbox.left + bbox.width, chart.valToPos(to, "x", true));
    ctx.fillStyle = colour(`--${level}-fill`);
    // A minute of a day is thinner than a pixel.
    if (right > left) ctx.fillRect(left, bbox.top, Math.max(1, right - left), bbox.height);
  }
  ctx.restore();
}

function text(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toPrecision(2)} s`;
  return `${milliseconds > 0 && milliseconds < 10 ? milliseconds.toPrecision(2) : Math.round(milliseconds)} ms`;
}

/** The hour between midnights, and the day at them. */
function tickText(seconds: number, step: number, utc: boolean): string {
  const [day = "", clock = ""] = timeText(seconds, utc).split(", ");
  return step >= 86_400 || clock === "00:00" ? day : clock;
}

function timeText(seconds: number, utc: boolean): string {
  return momentText(seconds * 1000, 0, utc);
}

/** uPlot reads local fields of a date: this one's local fields are those of UTC. */
function inUtc(seconds: number): Date {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() + date.getTimezoneOffset() * 60_000);
}
