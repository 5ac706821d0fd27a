/* The elements of a pad: its stage, and its controls. In JavaScript, since a tab and the lessons have one each. */

export const STAGE = `
  <div class="stage" tabindex="0" role="application" aria-label="Slice to draw on. Arrow keys move a cross, with Shift by
    ten pixels; Space draws; Enter closes an outline. Plus and minus zoom. Right mouse button: window and level.">
    <div class="sheet">
      <canvas class="base" width="1" height="1"></canvas>
      <canvas class="ink" width="1" height="1"></canvas>
      <svg class="cursor" viewBox="0 0 1 1" aria-hidden="true"><path></path></svg>
    </div>
    <div class="marks">
      <p class="window-corner"><span class="window-says" hidden></span><span class="window-waits" hidden> Values on their
        way</span></p>
    </div>
    <div class="tools" data-control="tools">
      <button type="button" data-zoom="1.5" title="Zoom in (+)" aria-label="Zoom in">+</button>
      <button type="button" data-zoom="0.667" title="Zoom out (-)" aria-label="Zoom out">&minus;</button>
      <button type="button" data-zoom="0" title="Whole slice (0)" aria-label="Fit: show the whole slice">Fit</button>
    </div>
  </div>
  <p class="reads" role="status"></p>`;

export const CONTROLS = `
  <div class="choices tool" role="radiogroup" aria-label="Tool">
    <label><input type="radio" name="tool" value="trace" checked><span>Trace</span></label>
    <label><input type="radio" name="tool" value="brush"><span>Brush</span></label>
    <label><input type="radio" name="tool" value="eraser"><span>Eraser</span></label>
    <label><input type="radio" name="tool" value="move"><span>Move</span></label>
  </div>
  <p class="quiet tool-says"></p>
  <label class="slider"><span>Size <b class="size-text"></b></span>
    <input class="size" type="range" min="1" max="40" step="1" value="8"></label>
  <div class="row">
    <button type="button" class="undo" disabled>Undo</button>
    <button type="button" class="wipe" disabled>Clear</button>
  </div>
  <details class="view" data-control="view">
    <summary>Window and level</summary>
    <div class="presets" role="group" aria-label="Display window" hidden>
      <button type="button" value="model">Model's</button>
      <button type="button" class="in-hu" value="abdomen">Abdomen</button>
      <button type="button" class="in-hu" value="liver">Liver</button>
      <button type="button" class="in-hu" value="lung">Lung</button>
      <button type="button" class="in-hu" value="bone">Bone</button>
      <p class="quiet">It changes what you see. The network always sees <span class="seen-by-network"></span>.</p>
    </div>
    <label class="slider"><span>Level <b class="level-text"></b></span>
      <input class="level" type="range" min="0" max="255" step="1" value="128"></label>
    <label class="slider"><span>Width <b class="width-text"></b></span>
      <input class="width" type="range" min="16" max="512" step="1" value="256"></label>
    <button type="button" class="reset-window">Reset the window</button>
  </details>`;
