// Draws the charts that the page describes as data. Without this file every chart is there as a table.
"use strict";

const drawings = JSON.parse(document.querySelector("#drawings")?.textContent || "{}");
const drawn = [];
const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(`--chart-${name}`).trim();

const dollars = (value) => `$${value === 0 || value >= 0.1 ? value.toFixed(2) : Number(value.toPrecision(3))}`;
const formats = {
  usd: dollars,
  share: (value) => `${Math.round(value * 1000) / 10} %`,
  seconds: (value) => (value < 90 ? `${Number(value.toPrecision(2))} s` : `${Math.round(value / 60)} min`),
  count: (value) => value.toLocaleString("en"),
  score: (value) => value.toFixed(2),
};

// Fills the band in which values should lie, under everything else.
const bands = {
  id: "bands",
  beforeDatasetsDraw(chart, _args, options) {
    const { ctx, chartArea: area, scales } = chart;
    for (const band of options.all) {
      const clamp = (y) => Math.min(area.bottom, Math.max(area.top, y));
      const top = clamp(scales.y.getPixelForValue(band.high));
      const bottom = clamp(scales.y.getPixelForValue(band.low));
      ctx.save();
      ctx.fillStyle = colour("band");
      ctx.fillRect(area.left, top, area.width, bottom - top);
      ctx.restore();
    }
  },
};

function dataset(series) {
  const shade = colour(series.colour);
  const shared = { label: series.name, data: series.values, borderColor: shade, backgroundColor: shade };
  if (series.kind === "limit") {
    return { ...shared, type: "line", borderDash: [6, 4], borderWidth: 1.5, pointRadius: 0, pointHitRadius: 0, pointStyle: "line" };
  }
  if (series.kind === "line") {
    return { ...shared, type: "line", borderWidth: 2.25, pointRadius: 2, pointStyle: "circle", tension: 0.25, spanGaps: true };
  }
  return { ...shared, type: "bar", borderRadius: 3, maxBarThickness: 26, pointStyle: "rectRounded" };
}

function valueAxis(drawing) {
  return {
    type: drawing.logarithmic ? "logarithmic" : "linear",
    stacked: drawing.stacked,
    min: drawing.lowest ?? undefined,
    max: drawing.highest ?? undefined,
    border: { display: false },
    grid: { color: colour("grid") },
    ticks: { color: colour("text"), maxTicksLimit: 6, callback: (value) => formats[drawing.unit](value), precision: drawing.unit === "count" ? 0 : undefined },
  };
}

function labelAxis(drawing) {
  return {
    stacked: drawing.stacked,
    border: { color: colour("grid") },
    grid: { display: false },
    ticks: { color: colour("text"), maxRotation: 0, autoSkip: !drawing.horizontal, autoSkipPadding: 14 },
  };
}

function configuration(drawing) {
  const [value, label] = [valueAxis(drawing), labelAxis(drawing)];
  const read = (item) => formats[drawing.unit](drawing.horizontal ? item.parsed.x : item.parsed.y);
  return {
    data: { labels: drawing.labels, datasets: drawing.series.map(dataset) },
    options: {
      animation: false,
      maintainAspectRatio: false,
      indexAxis: drawing.horizontal ? "y" : "x",
      interaction: { mode: "index", intersect: false, axis: drawing.horizontal ? "y" : "x" },
      scales: drawing.horizontal ? { x: value, y: label } : { x: label, y: value },
      plugins: {
        bands: { all: drawing.bands },
        legend: { display: drawing.series.length > 1, position: "bottom", align: "start", labels: { color: colour("text"), usePointStyle: true, boxWidth: 10, boxHeight: 7 } },
        tooltip: { filter: (item) => item.raw !== null, callbacks: { label: (item) => `${item.dataset.label}: ${read(item)}` } },
      },
    },
    plugins: [bands],
  };
}

function draw() {
  drawn.splice(0).forEach((chart) => chart.destroy());
  Chart.defaults.font.family = style.getPropertyValue("--sans");
  document.querySelectorAll("canvas[data-chart]").forEach((canvas) => {
    drawn.push(new Chart(canvas, configuration(drawings[canvas.dataset.chart])));
  });
}

document.querySelectorAll(".chart .plot").forEach((plot) => { plot.hidden = false; });
document.querySelectorAll(".chart details").forEach((table) => { table.open = false; });
draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
