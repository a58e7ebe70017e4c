#include "optimizer/optimizer.h"
