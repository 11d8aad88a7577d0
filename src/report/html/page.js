"use strict";
(() => {
  // Tables sort by the column that is clicked, numbers as numbers.
  const value = (row, column) => {
    const cell = row.cells[column];
    const text = cell ? cell.dataset.sort ?? cell.textContent.trim() : "";
    const number = Number(text.replace(/,/g, "").replace(/ ?%$/, ""));
    return text !== "" && Number.isFinite(number) ? number : text;
  };
  const compare = (one, other) => {
    if (typeof one === "number" && typeof other === "number") return one - other;
    if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
    return one < other ? -1 : one > other ? 1 : 0;
  };
  const sort = (table, head) => {
    const column = head.cellIndex;
    const falls = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", falls ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => [value(row, column), row]);
    rows.sort((one, other) => (falls ? compare(other[0], one[0]) : compare(one[0], other[0])));
    body.append(...rows.map((row) => row[1]));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    for (const head of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, head));
      head.append(button);
    }
  }

  // Sessions are filtered by text and by reason.
  const form = document.getElementById("filter");
  if (form) {
    const text = document.getElementById("filter-text");
    const reason = document.getElementById("filter-reason");
    const count = document.getElementById("filter-count");
    const filter = () => {
      const wanted = text.value.trim().toLowerCase();
      let shown = 0;
      for (const part of document.querySelectorAll(".reason")) {
        let inPart = 0;
        if (reason.value === "" || part.dataset.reason === reason.value) {
          for (const row of part.querySelectorAll("tbody tr")) {
            row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
            if (!row.hidden) inPart += 1;
          }
        }
        part.hidden = inPart === 0;
        shown += inPart;
      }
      const isWhole = wanted === "" && reason.value === "";
      count.textContent = isWhole ? "" : shown + (shown === 1 ? " session" : " sessions") + " on this page";
    };
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", filter);
  }

  // On paper everything is open.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
})();
