// Filter the list of targets. Without scripts the page shows the full list.
const rows = [...document.querySelectorAll("#all tr[data-status]")];
const tiles = [...document.querySelectorAll(".tile")];
const owner = document.getElementById("owner");
const words = document.getElementById("words");
const shown = document.getElementById("shown");
let status = "";

function apply() {
  const text = words.value.trim().toLowerCase();
  let count = 0;
  for (const row of rows) {
    const fits = (!status || row.dataset.status === status)
      && (!owner.value || row.dataset.owner === owner.value)
      && (!text || row.textContent.toLowerCase().includes(text));
    row.hidden = !fits;
    count += fits;
  }
  for (const group of document.querySelectorAll("#all .group")) {
    group.hidden = !group.querySelector("tr[data-status]:not([hidden])");
  }
  tiles.forEach(tile => tile.setAttribute("aria-pressed", tile.dataset.status === status));
  shown.textContent = `${count} / ${rows.length}`;
}
tiles.forEach(tile => tile.addEventListener("click", () => {
  status = status === tile.dataset.status ? "" : tile.dataset.status;
  apply();
  if (status) document.getElementById("all").scrollIntoView({ behavior: "smooth" });
}));
document.querySelectorAll("[data-pick]").forEach(button => button.addEventListener("click", () => {
  owner.value = button.dataset.pick;
  apply();
  document.getElementById("all").scrollIntoView({ behavior: "smooth" });
}));
owner.addEventListener("change", apply);
words.addEventListener("input", apply);
document.getElementById("reset").addEventListener("click", () => {
  status = owner.value = words.value = "";
  apply();
});
apply();
