// A picture that is too large is refused before it is sent, so that nothing that was typed beside it is lost.
document.addEventListener("change", event => {
  const input = event.target;
  if (!input.dataset?.largest) return;
  const isTooLarge = [...input.files].some(file => file.size > Number(input.dataset.largest));
  input.setCustomValidity(isTooLarge ? input.dataset.tooLarge : "");
  input.reportValidity();
});
