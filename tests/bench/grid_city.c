/* grid_city.c - a grid city in CityFlow's formats, for benches: as many streets and vehicles as asked for.
 *
 *     grid_city --rows R --columns C --output PREFIX [--interval 60] [--end 3600] [--roads 10] [--burst 0]
 *
 * Writes PREFIX.roadnet.json and PREFIX.flow.json. Each approach has a lane to the left, one ahead and one to the right; four green
 * phases of 30 s with 5 s between them in which only right turns go. From each road starts a flow that drives ahead (60 of 100 times),
 * left or right at random until it has seen so many roads or has left the city. With --burst, three flows a road, one a lane, send
 * so many vehicles each in quick succession at the beginning: a full city at once.
 */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

#define SPACING_M 300
#define WIDTH_M 15
#define SPEED_MPS 13.89
#define BURST_S 3 /* between the vehicles of a burst */

enum way { EAST, NORTH, WEST, SOUTH };
static const int dx[] = {1, 0, -1, 0}, dy[] = {0, 1, 0, -1};

struct city {
	int rows, columns, interval_s, end_s, roads, burst, seed;
	char *prefix;
	uint64_t chance;
};

/* Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators": the same city everywhere. */
static unsigned draw(struct city *c, unsigned below)
{
	uint64_t z = c->chance += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (unsigned) ((z ^ (z >> 31)) % below);
}

/* Crossings are 1..columns x 1..rows; around them stands a border of virtual ones, without corners. */
static gboolean is_crossing(const struct city *c, int x, int y)
{
	return x >= 1 && x <= c->columns && y >= 1 && y <= c->rows;
}

static gboolean is_node(const struct city *c, int x, int y)
{
	gboolean x_in = x >= 1 && x <= c->columns, y_in = y >= 1 && y <= c->rows;
	return (x_in && y >= 0 && y <= c->rows + 1) || (y_in && x >= 0 && x <= c->columns + 1);
}

/* The road that leaves (x, y) in a direction. */
static gboolean is_road(const struct city *c, int x, int y, int way)
{
	int to_x = x + dx[way], to_y = y + dy[way];
	return is_node(c, x, y) && is_node(c, to_x, to_y) && (is_crossing(c, x, y) || is_crossing(c, to_x, to_y));
}

static void put_links(FILE *to, int x, int y)
{
	static const char *const types[] = {"turn_left", "go_straight", "turn_right"};
	for (int way = 0; way < 4; way++)
		for (int lane = 0; lane < 3; lane++) {
			int out = (way + 5 - lane) % 4;
			fprintf(to, "%s\n   {\"type\":\"%s\",\"startRoad\":\"road_%d_%d_%d\",\"endRoad\":\"road_%d_%d_%d\",\"laneLinks\":[",
				way + lane ? "," : "", types[lane], x - dx[way], y - dy[way], way, x, y, out);
			for (int next = 0; next < 3; next++)
				fprintf(to, "%s{\"startLaneIndex\":%d,\"endLaneIndex\":%d}", next ? "," : "", lane, next);
			fprintf(to, "]}");
		}
}

/* Road links are numbered way * 3 + lane. Green are those of two opposite ways from one lane, and all right turns. */
static void put_phases(FILE *to)
{
	for (int phase = 0; phase < 8; phase++) {
		int axis = phase / 4, lane = 1 - phase / 2 % 2;
		fprintf(to, "%s{\"time\":%d,\"availableRoadLinks\":[2,5,8,11", phase ? "," : "", phase % 2 ? 5 : 30);
		if (phase % 2 == 0)
			fprintf(to, ",%d,%d", axis * 3 + lane, (axis + 2) * 3 + lane);
		fprintf(to, "]}");
	}
}

static void put_node(const struct city *c, FILE *to, int x, int y)
{
	const char *gap = "";
	fprintf(to, " {\"id\":\"node_%d_%d\",\"point\":{\"x\":%d,\"y\":%d},\"width\":%d,\"virtual\":%s,\"roads\":[", x, y, x * SPACING_M,
		y * SPACING_M, is_crossing(c, x, y) ? WIDTH_M : 0, is_crossing(c, x, y) ? "false" : "true");
	for (int way = 0; way < 4; way++) {
		if (is_road(c, x, y, way)) {
			fprintf(to, "%s\"road_%d_%d_%d\"", gap, x, y, way);
			gap = ",";
		}
		if (is_road(c, x - dx[way], y - dy[way], way)) {
			fprintf(to, "%s\"road_%d_%d_%d\"", gap, x - dx[way], y - dy[way], way);
			gap = ",";
		}
	}
	fprintf(to, "],\"roadLinks\":[");
	if (is_crossing(c, x, y))
		put_links(to, x, y);
	fprintf(to, "],\"trafficLight\":{\"lightphases\":[");
	if (is_crossing(c, x, y))
		put_phases(to);
	fprintf(to, "]}}");
}

static void put_road(FILE *to, int x, int y, int way)
{
	fprintf(to, " {\"id\":\"road_%d_%d_%d\",\"startIntersection\":\"node_%d_%d\",\"endIntersection\":\"node_%d_%d\",\"points\":"
		"[{\"x\":%d,\"y\":%d},{\"x\":%d,\"y\":%d}],\"lanes\":[", x, y, way, x, y, x + dx[way], y + dy[way], x * SPACING_M, y * SPACING_M,
		(x + dx[way]) * SPACING_M, (y + dy[way]) * SPACING_M);
	for (int lane = 0; lane < 3; lane++)
		fprintf(to, "%s{\"width\":4,\"maxSpeed\":%g}", lane ? "," : "", SPEED_MPS);
	fprintf(to, "]}");
}

static void put_roadnet(const struct city *c, FILE *to)
{
	const char *gap = "";
	fprintf(to, "{\"intersections\":[");
	for (int y = 0; y <= c->rows + 1; y++)
		for (int x = 0; x <= c->columns + 1; x++)
			if (is_node(c, x, y)) {
				fprintf(to, "%s\n", gap);
				put_node(c, to, x, y);
				gap = ",";
			}
	fprintf(to, "],\n\"roads\":[");
	gap = "";
	for (int y = 0; y <= c->rows + 1; y++)
		for (int x = 0; x <= c->columns + 1; x++)
			for (int way = 0; way < 4; way++)
				if (is_road(c, x, y, way)) {
					fprintf(to, "%s\n", gap);
					put_road(to, x, y, way);
					gap = ",";
				}
	fprintf(to, "]}\n");
}

/* `first`: the lane of the first road, -1 = any. */
static void put_flow(struct city *c, FILE *to, int x, int y, int way, int first, int begin_s, int interval_s, int end_s)
{
	fprintf(to, " {\"vehicle\":{\"length\":5,\"width\":2,\"maxPosAcc\":2,\"maxNegAcc\":4.5,\"usualPosAcc\":2,\"usualNegAcc\":4.5,"
		"\"minGap\":2.5,\"maxSpeed\":%g,\"headwayTime\":1.5},\"route\":[\"road_%d_%d_%d\"", SPEED_MPS, x, y, way);
	for (int k = 1; k < c->roads; k++) {
		x += dx[way];
		y += dy[way];
		if (!is_crossing(c, x, y))
			break;
		unsigned chance = draw(c, 100);
		int lane = k == 1 && first >= 0 ? first : chance < 60 ? 1 : chance < 80 ? 0 : 2;
		way = (way + 5 - lane) % 4;
		fprintf(to, ",\"road_%d_%d_%d\"", x, y, way);
	}
	fprintf(to, "],\"interval\":%d,\"startTime\":%d,\"endTime\":%d}", interval_s, begin_s, end_s);
}

static void put_flows(struct city *c, FILE *to)
{
	const char *gap = "";
	fprintf(to, "[");
	for (int y = 0; y <= c->rows + 1; y++)
		for (int x = 0; x <= c->columns + 1; x++)
			for (int way = 0; way < 4; way++) {
				if (!is_road(c, x, y, way) || !is_crossing(c, x + dx[way], y + dy[way]))
					continue;
				for (int lane = 0; lane < 3 && c->burst; lane++) {
					fprintf(to, "%s\n", gap);
					put_flow(c, to, x, y, way, lane, 0, BURST_S, BURST_S * (c->burst - 1));
					gap = ",";
				}
				if (c->interval_s) {
					fprintf(to, "%s\n", gap);
					put_flow(c, to, x, y, way, -1, (int) draw(c, (unsigned) c->interval_s), c->interval_s, c->end_s);
					gap = ",";
				}
			}
	fprintf(to, "]\n");
}

static FILE *open_new(const struct city *c, const char *suffix)
{
	g_autofree char *path = g_strconcat(c->prefix, suffix, NULL);
	FILE *to = fopen(path, "w");
	if (!to)
		fprintf(stderr, "grid_city: %s cannot be written\n", path);
	return to;
}

int main(int argc, char **argv)
{
	struct city c = {.interval_s = 60, .end_s = 3600, .roads = 10, .seed = 1};
	const GOptionEntry entries[] = {
		{"rows", 0, 0, G_OPTION_ARG_INT, &c.rows, "of crossings, 1 to 1000", "N"},
		{"columns", 0, 0, G_OPTION_ARG_INT, &c.columns, "of crossings, 1 to 1000", "N"},
		{"interval", 0, 0, G_OPTION_ARG_INT, &c.interval_s, "between two vehicles of a road's flow, s; 0 for no flows (default 60)", "S"},
		{"end", 0, 0, G_OPTION_ARG_INT, &c.end_s, "of the flows, s (default 3600)", "S"},
		{"roads", 0, 0, G_OPTION_ARG_INT, &c.roads, "that a vehicle sees (default 10)", "N"},
		{"burst", 0, 0, G_OPTION_ARG_INT, &c.burst, "vehicles that each lane gets at the beginning (default 0)", "N"},
		{"seed", 0, 0, G_OPTION_ARG_INT, &c.seed, "of the routes (default 1)", "N"},
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &c.prefix, "writes PREFIX.roadnet.json and PREFIX.flow.json", "PREFIX"},
		G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || !c.prefix || c.rows < 1 || c.rows > 1000 || c.columns < 1 ||
		c.columns > 1000 || c.interval_s < 0 || c.end_s < c.interval_s || c.roads < 2 || c.burst < 0) {
		fprintf(stderr, "grid_city: %s\n", error ? error->message : "needs --output, --rows and --columns of 1 to 1000, --end after --interval");
		return 2;
	}
	FILE *roadnet = open_new(&c, ".roadnet.json"), *flow = open_new(&c, ".flow.json");
	if (!roadnet || !flow)
		return 1;
	c.chance = (uint64_t) c.seed;
	put_roadnet(&c, roadnet);
	put_flows(&c, flow);
	int bad = ferror(roadnet) | ferror(flow) | fclose(roadnet) | fclose(flow);
	if (bad)
		fprintf(stderr, "grid_city: %s could not be written to its end\n", c.prefix);
	g_free(c.prefix);
	return bad ? 1 : 0;
}
