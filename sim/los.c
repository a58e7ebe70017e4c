/* los.c - level of service; see los.h. */
#include "sim/los.h"

#include <math.h>

static const double limits_s[2][5] = {
	{10, 15, 25, 35, 50}, /* without a signal */
	{10, 20, 35, 55, 80},
};

double los_limit_s(char level, bool signal)
{
	return level >= 'F' ? INFINITY : limits_s[signal][level - 'A'];
}

char los_letter(double delay_s, bool signal)
{
	if (isnan(delay_s))
		return '-';
	char level = 'A';
	while (delay_s > los_limit_s(level, signal))
		level++;
	return level;
}
