<#setting datetime_format="yyyy-MM-dd HH:mm:ss.S">
<#-- The two documented conversions. Amplitude's events have six digits after the point, and `S` reads them as
     that many milliseconds: 795000 is 795 s, so both results are 13 minutes late. See the README of this folder. -->
{
      "default" : "${input.event_time}",
      "custom" : "${input.event_time?datetime?string["dd.MM.yyyy, HH:mm"]}",
      "millis" : "${input.event_time?datetime?long}",
<#-- The same, exact: ISO reads the digits as a fraction. -->
<#assign time = input.event_time?replace(" ", "T")?datetime.iso>
      "custom_exact" : "${time?string["dd.MM.yyyy, HH:mm"]}",
      "millis_exact" : "${time?long}",
      "seconds_exact" : ${(time?long / 1000)?floor?c},
      "iso" : "${time?iso_utc_ms}"
}
