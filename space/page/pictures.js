/* A row of pictures that cost work: asked for when the row is first seen, by telling 'shown'.

   show({problem, pictures: [{title, caption, url, alt}]}): a sentence if there are none. */
class Pictures {
  constructor(root, { tell }) {
    this.root = root;
    new ResizeObserver((_, observer) => {
      if (!root.clientWidth) return; // in a tab that is not open
      observer.disconnect();
      tell("shown", true);
    }).observe(root);
  }

  show({ problem, pictures }) {
    const waiting = this.root.querySelector(".waiting");
    waiting.textContent = problem;
    waiting.hidden = !problem;
    const row = this.root.querySelector(".row");
    row.hidden = Boolean(problem);
    row.replaceChildren(...pictures.map(({ title, caption, url, alt }) => {
      const figure = document.createElement("figure");
      figure.append(document.createElement("img"), document.createElement("figcaption"));
      Object.assign(figure.firstChild, { src: url, alt });
      const name = document.createElement("b");
      name.textContent = title;
      figure.lastChild.append(name, ` ${caption}`);
      return figure;
    }));
  }
}
