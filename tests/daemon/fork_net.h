/* fork_net.h - a street that forks 25 m before a signal: over :M_0_0 and :M_2_0 to it, over :M_1_0 off to where there is none. */
#pragma once

static const char FORK[] =
	"<net>"
	"<edge id=\":M_0\" function=\"internal\"><lane id=\":M_0_0\" index=\"0\" speed=\"13.9\" length=\"4\" shape=\"200,0 204,0\"/></edge>"
	"<edge id=\":M_1\" function=\"internal\"><lane id=\":M_1_0\" index=\"0\" speed=\"13.9\" length=\"8\" shape=\"200,0 204,-8\"/></edge>"
	"<edge id=\":M_2\" function=\"internal\"><lane id=\":M_2_0\" index=\"0\" speed=\"13.9\" length=\"4\" shape=\"204,0 208,0\"/></edge>"
	"<edge id=\"up\" from=\"A\" to=\"M\" priority=\"1\"><lane id=\"up_0\" index=\"0\" speed=\"13.9\" length=\"200\" shape=\"0,0 200,0\"/></edge>"
	"<edge id=\"last\" from=\"M\" to=\"T\" priority=\"1\"><lane id=\"last_0\" index=\"0\" speed=\"13.9\" length=\"25\" shape=\"208,0 233,0\"/></edge>"
	"<edge id=\"off\" from=\"M\" to=\"S\" priority=\"1\"><lane id=\"off_0\" index=\"0\" speed=\"13.9\" length=\"100\" shape=\"204,-8 204,-108\"/></edge>"
	"<edge id=\"out\" from=\"T\" to=\"B\" priority=\"1\"><lane id=\"out_0\" index=\"0\" speed=\"13.9\" length=\"100\" shape=\"236,0 336,0\"/></edge>"
	"<tlLogic id=\"T\" type=\"static\" programID=\"0\" offset=\"0\"><phase duration=\"20\" state=\"G\"/><phase duration=\"3\" state=\"y\"/>"
	"<phase duration=\"20\" state=\"r\"/></tlLogic>"
	"<junction id=\"A\" type=\"dead_end\" x=\"0\" y=\"0\" incLanes=\"\" intLanes=\"\" shape=\"0,0\"/>"
	"<junction id=\"S\" type=\"dead_end\" x=\"204\" y=\"-108\" incLanes=\"off_0\" intLanes=\"\" shape=\"204,-108\"/>"
	"<junction id=\"B\" type=\"dead_end\" x=\"336\" y=\"0\" incLanes=\"out_0\" intLanes=\"\" shape=\"336,0\"/>"
	"<junction id=\"M\" type=\"priority\" x=\"204\" y=\"0\" incLanes=\"up_0\" intLanes=\":M_2_0 :M_1_0\" shape=\"204,0\">"
	"<request index=\"0\" response=\"00\" foes=\"00\" cont=\"0\"/><request index=\"1\" response=\"00\" foes=\"00\" cont=\"0\"/></junction>"
	"<junction id=\":M_2_0\" type=\"internal\" x=\"204\" y=\"0\" incLanes=\":M_0_0\" intLanes=\"\"/>"
	"<junction id=\"T\" type=\"traffic_light\" x=\"235\" y=\"0\" incLanes=\"last_0\" intLanes=\"\" shape=\"235,0\">"
	"<request index=\"0\" response=\"0\" foes=\"0\" cont=\"0\"/></junction>"
	"<connection from=\"up\" to=\"last\" fromLane=\"0\" toLane=\"0\" via=\":M_0_0\" dir=\"s\" state=\"M\"/>"
	"<connection from=\"up\" to=\"off\" fromLane=\"0\" toLane=\"0\" via=\":M_1_0\" dir=\"r\" state=\"M\"/>"
	"<connection from=\":M_0\" to=\"last\" fromLane=\"0\" toLane=\"0\" via=\":M_2_0\" dir=\"s\" state=\"M\"/>"
	"<connection from=\":M_2\" to=\"last\" fromLane=\"0\" toLane=\"0\" dir=\"s\" state=\"M\"/>"
	"<connection from=\":M_1\" to=\"off\" fromLane=\"0\" toLane=\"0\" dir=\"r\" state=\"M\"/>"
	"<connection from=\"last\" to=\"out\" fromLane=\"0\" toLane=\"0\" tl=\"T\" linkIndex=\"0\" dir=\"s\" state=\"O\"/>"
	"</net>";
