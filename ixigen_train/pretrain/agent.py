"""torch.distributed.run on this machine, which ends when the command that started it does."""

import signal
import sys

from torch.distributed.run import main

from ixigen_train.pretrain.parent import end_with_parent

if __name__ == "__main__":
    end_with_parent(signal.SIGTERM)  # it hands the signal on to the ranks
    main(sys.argv[1:])
