// Opens reports in headless Chromium and checks what a reader relies on; writes a screenshot of each way to look at them.
// Usage: node check.mjs SCREENSHOTS REPORT.html...
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.env.NODE_MODULES_AT ?? process.cwd(), "package.json"));
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

const [screenshots, ...reports] = process.argv.slice(2);
const sections = ["verdict", "causes", "shares", "offsets", "timelines", "links", "sessions", "provenance"];
const ways = [
  { name: "desktop", width: 1280, height: 900, colorScheme: "light", javaScriptEnabled: true },
  { name: "desktop-dark", width: 1280, height: 900, colorScheme: "dark", javaScriptEnabled: true },
  { name: "desktop-without-script", width: 1280, height: 900, colorScheme: "light", javaScriptEnabled: false },
  { name: "phone", width: 390, height: 844, colorScheme: "light", javaScriptEnabled: true },
  { name: "phone-dark", width: 390, height: 844, colorScheme: "dark", javaScriptEnabled: true },
  { name: "phone-without-script", width: 390, height: 844, colorScheme: "light", javaScriptEnabled: false },
];

let failures = 0;
let checks = 0;
let where = "";
const check = (isRight, what) => {
  checks += 1;
  if (isRight) return;
  failures += 1;
  console.error(`FAILED ${where}: ${what}`);
};

// What the page looks like from inside, with or without its own script.
const look = (page) =>
  page.evaluate(() => ({
    lang: document.documentElement.lang,
    title: document.title,
    scrolls: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    sections: Array.from(document.querySelectorAll("main > section"), (section) => section.id),
    headings: Array.from(document.querySelectorAll("h1, h2"), (heading) => heading.textContent.trim()),
    handlers: Array.from(document.querySelectorAll("*")).flatMap((element) =>
      Array.from(element.attributes, (attribute) => attribute.name).filter((name) => /^on|^style$/.test(name))),
    elements: Array.from(new Set(Array.from(document.querySelectorAll("*"), (element) => element.localName))),
    links: Array.from(document.querySelectorAll("a"), (link) => link.getAttribute("href")),
    scripts: document.scripts.length,
    charts: Array.from(document.querySelectorAll("svg"), (svg) => {
      const ids = (svg.getAttribute("aria-labelledby") ?? "").split(" ").filter((id) => id !== "");
      const named = ids.map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
      return { role: svg.getAttribute("role"), name: svg.getAttribute("aria-label") ?? named };
    }),
    injected: window.injected,
  }));

const expected = new Set(
  ("html head meta title link style body header p a nav main section h1 h2 h3 h4 ul li svg rect line polyline polygon circle " +
    "text dl dt dd div small strong em span br article details summary code pre figure figcaption table thead tbody tfoot tr th " +
    "td form label input select option output footer script button").split(" "),
);

async function open(browser, report, way) {
  where = `${basename(report)}, ${way.name}`;
  const { name, width, height, ...options } = way;
  const context = await browser.newContext({ viewport: { width, height }, ...options });
  const page = await context.newPage();
  const messages = [];
  const requests = [];
  page.on("console", (message) => messages.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => messages.push(String(error)));
  page.on("dialog", (dialog) => {
    messages.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => requests.push(request.url()));
  const url = pathToFileURL(report).href;
  await page.goto(url, { waitUntil: "load" });
  return { context, page, messages, requests, url };
}

function checkLook(seen) {
  check(seen.lang === "en", "no language");
  check(seen.title.startsWith("session-audit: "), `the title is ${seen.title}`);
  check(!seen.scrolls, "the page scrolls sideways");
  check(seen.sections.join() === sections.join(), `the sections are ${seen.sections}`);
  check(seen.headings.length === sections.length && seen.headings.every((heading) => heading !== ""), `the headings are ${seen.headings}`);
  check(seen.handlers.length === 0, `there are attributes ${seen.handlers}`);
  check(seen.scripts === 1, `there are ${seen.scripts} scripts`);
  check(seen.injected === undefined, "a script of the data ran");
  check(seen.charts.length > 0 && seen.charts.every((chart) => chart.role === "img" && chart.name.trim() !== ""), "a chart has no name");
  const strangers = seen.elements.filter((element) => !expected.has(element));
  check(strangers.length === 0, `there are elements ${strangers}`);
  const hosts = seen.links.filter((link) => !/^#[a-z]|^https:\/\/posthog\.com\//.test(link));
  check(hosts.length === 0, `there are links to ${hosts}`);
}

// Sorting by a click on a heading, once up and once down, without losing rows.
async function checkSorting(page) {
  const sorted = await page.evaluate(() => {
    const all = [];
    for (const table of document.querySelectorAll("table.sortable")) {
      const rows = () => Array.from(table.tBodies[0].rows, (row) => row.textContent);
      const before = rows().sort().join("\n");
      for (const [column, head] of Array.from(table.tHead.rows[0].cells).entries()) {
        const values = () => Array.from(table.tBodies[0].rows, (row) => Number(row.cells[column].textContent.replace(/[,%]/g, "")));
        for (const way of ["ascending", "descending"]) {
          head.querySelector("button").click();
          const numbers = head.classList.contains("num") ? values() : [];
          const rises = way === "ascending" ? 1 : -1;
          const isSorted = numbers.some(Number.isNaN) || numbers.every((value, at) => at === 0 || (value - numbers[at - 1]) * rises >= 0);
          all.push(isSorted && head.getAttribute("aria-sort") === way && rows().sort().join("\n") === before);
        }
      }
    }
    return all;
  });
  check(sorted.length > 0 && sorted.every((isSorted) => isSorted), "a table is not sorted by a click");
}

async function checkFilter(page) {
  const rows = page.locator(".reason tbody tr:visible");
  const all = await rows.count();
  if (all === 0) return;
  const id = (await rows.first().locator("code").first().textContent()).trim();
  await page.fill("#filter-text", id.toUpperCase());
  const found = await rows.count();
  check(found >= 1 && (all === 1 || found < all || id.length < 3), `the filter shows ${found} of ${all} sessions`);
  check((await page.textContent("#filter-count")).startsWith(`${found} session`), "the filter does not tell how many it shows");
  await page.fill("#filter-text", "no such session \u0000");
  check((await rows.count()) === 0, "the filter shows what it should hide");
  await page.fill("#filter-text", "");
  const reasons = await page.locator(".reason").count();
  const name = await page.locator(".reason").last().getAttribute("data-reason");
  await page.selectOption("#filter-reason", name);
  check((await page.locator(".reason:visible").count()) === 1, `of ${reasons} reasons more than one is shown`);
  await page.selectOption("#filter-reason", "");
  check((await rows.count()) === all, "the filter does not show all again");
}

// Names, roles, contrast: what a checker for accessibility can tell.
async function checkAccessibility(page) {
  const tester = await page.context().newCDPSession(page);
  await tester.send("Page.setBypassCSP", { enabled: true });
  await page.reload();
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
  await page.addScriptTag({ path: axe });
  const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
  for (const { id, help, nodes } of violations) check(false, `${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" ; ")}`);
  check(violations.length === 0, `${violations.length} kinds of trouble for assistive technology`);
}

async function checkReport(browser, report, way) {
  const { context, page, messages, requests, url } = await open(browser, report, way);
  const picture = (name) => join(screenshots, `${basename(report, ".html")}-${name}.png`);
  checkLook(await look(page));
  await page.screenshot({ path: picture(way.name), fullPage: true });
  if (way.javaScriptEnabled) {
    await checkFilter(page);
    await checkSorting(page);
  } else {
    check(!(await page.locator("#filter").isVisible()), "there is a filter that does nothing");
  }
  if (way.name === "desktop-without-script") {
    await page.pdf({ path: picture("print").replace(/png$/, "pdf"), format: "A4" });
  }
  check(messages.length === 0, `the console says ${messages.join("; ").slice(0, 500)}`);
  check(requests.length === 1 && requests[0] === url, `there are requests: ${requests.filter((request) => request !== url)}`);
  if (way.javaScriptEnabled) await checkAccessibility(page);
  await context.close();
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
for (const report of reports) {
  for (const way of ways) await checkReport(browser, report, way);
}
await browser.close();
console.log(`${reports.length} reports in ${ways.length} ways: ${checks} checks, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
