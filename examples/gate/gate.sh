#!/bin/sh
# Records a SavedModel on test digits and fails where a layer has collapsed, passes data on alone, or differs from the baseline.
here=$(dirname "$0")
root=$here/../..
delve="node $root/bin/delve.js"

$delve record "$root/fixtures/mnist/cnn" --data "eval=$root/fixtures/mnist/images.npy" --out runs/gate --quiet || exit
failed=0
$delve recompute runs/gate --stats lsat,erank --markdown \
  --fail-if 'erank < 1.5' --fail-if 'saturation < 0.05' --fail-if 'any(nan)' || failed=$?
echo
$delve compare "$here/baseline.csv" runs/gate --markdown \
  --fail-if 'abs(delta(saturation)) > 0.1' --fail-if 'any(unmatched)' || failed=$?
exit $failed
