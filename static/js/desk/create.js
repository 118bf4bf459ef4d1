import { send } from "./api.js";

const form = document.querySelector("#create");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const problem = form.querySelector(".problem");
  try {
    const blog = await send("POST", "/api/v1/blogs", Object.fromEntries(new FormData(form)), { csrf: form.dataset.csrf });
    location.assign(`/desk/${blog.id}`);
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
});
