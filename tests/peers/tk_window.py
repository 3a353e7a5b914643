#!/usr/bin/env python3
"""Opens an empty window of the same size with Tk, and says when it was painted."""

import json
import time
import tkinter

window = tkinter.Tk()
window.geometry("1440x900")
window.update()
print(json.dumps({"peer": f"Tk {tkinter.TkVersion}, empty", "first_frame_at": time.time()}))
window.destroy()
