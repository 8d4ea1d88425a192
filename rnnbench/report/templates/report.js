
"use strict";
for (const figure of document.querySelectorAll(".sortable")) {
  const body = figure.querySelector("tbody");
  const heads = [...figure.querySelectorAll("th")];
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.key !== undefined) return Number(cell.dataset.key);
    return heads[column].classList.contains("number") && cell.textContent === "–" ? undefined : cell.textContent;
  };
  const sort = (head, column) => {
    const descending = head.getAttribute("aria-sort") === "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const rows = [...body.rows].map((row) => [keyOf(row, column), row]);
    rows.sort(([a], [b]) => {
      if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
      const order = typeof a === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
      return descending ? -order : order;
    });
    body.append(...rows.map(([, row]) => row));
  };
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => sort(head, column)));

  const input = figure.querySelector("input");
  const output = figure.querySelector("output");
  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/);
    for (const row of body.rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    const shown = [...body.rows].filter((row) => !row.hidden).length;
    output.value = `${shown} of ${body.rows.length} rows`;
  };
  input.addEventListener("input", filter);
  filter();
  figure.querySelector(".controls").hidden = false;
}
