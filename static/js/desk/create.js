import { newKey, send, Session } from "./api.js";

const form = document.querySelector("#create");
const session = new Session(form.dataset.csrf);
let key = newKey();
form.addEventListener("input", () => { key = newKey(); }); // another blog; pressing twice makes one
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const problem = form.querySelector(".problem");
  try {
    const blog = await send("POST", "/api/v1/blogs", Object.fromEntries(new FormData(form)), { session, key });
    location.assign(`/desk/${blog.id}`);
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
});
