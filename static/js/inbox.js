// Whoever opens an unread message has read it. The link itself changes nothing, so this says it beside the way there;
// without script the button “Mark as read” says the same.

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-reads]");
  const form = link && document.querySelector(`form[action="${CSS.escape(link.dataset.reads)}"]`);
  if (form) fetch(link.dataset.reads, { method: "POST", body: new FormData(form), keepalive: true, redirect: "manual" });
});
