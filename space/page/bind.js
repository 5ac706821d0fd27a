/* The thin adapter between a part and Gradio's gr.HTML, which runs this with element, props, trigger and watch.
   A part is a class: its constructor takes (root, options), and show(data) gives it new data.
   options.value is where it starts; options.tell(event, value) is how it reaches Python. */
function bind(Part) {
  const part = new Part(element, {
    value: props.value,
    tell(event, value) {
      props.value = value;
      trigger(event, {});
    },
  });
  if (props.data) part.show(props.data);
  watch("data", () => {
    if (props.data) part.show(props.data);
  });
}
