import sys

import tritkit

model, output = sys.argv[1:]
report = tritkit.show(model)
plan = tritkit.convert(model, output, type="i2_s", progress=lambda p: None)
try:
    tritkit.convert(model, output, type="i2_s")
except tritkit.TritkitError as error:
    print(len(report["tensors"]), plan["bytes"], error.code)
